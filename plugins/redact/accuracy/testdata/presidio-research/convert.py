"""Writes texts.jsonl from presidio-research's data/synth_dataset_v2.json: all texts, with the spans in bytes.

    python3 plugins/redact/accuracy/testdata/presidio-research/convert.py synth_dataset_v2.json
"""

import json
import pathlib
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    samples = json.load(f)
with open(pathlib.Path(__file__).with_name("texts.jsonl"), "w", encoding="utf-8") as out:
    for sample in samples:
        text, spans = sample["full_text"], []
        for s in sample["spans"]:
            assert text[s["start_position"] : s["end_position"]] == s["entity_value"]
            spans.append([len(text[: s["start_position"]].encode()), len(text[: s["end_position"]].encode()), s["entity_type"]])
        out.write(json.dumps({"text": text, "spans": sorted(spans)}, ensure_ascii=False, separators=(",", ":")) + "\n")
