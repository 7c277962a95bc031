"""Lets Microsoft Presidio look at the labelled texts and writes what it finds.

    python3 -m venv .cache/presidio
    .cache/presidio/bin/pip install presidio-analyzer==2.2.366 spacy-lookups-data==1.0.5
    .cache/presidio/bin/python plugins/redact/accuracy/presidio.py

It asks go test for the texts that Go makes, and writes testdata/presidio/<set>.tsv: the version, the hash of the
texts, then the finds of each text that has some, in bytes. With --speed it measures how much text it reads in a second.

All recognizers of patterns that the package has are asked, also those that it leaves out by default and those of other
languages, with the words of context that they come with, and nothing is filtered by score. spaCy splits the texts and
looks lemmas up in its tables, which is what words of context are compared with. No model of a language takes part:
that would find people and places, which are not compared here.
"""

import argparse
import hashlib
import importlib.metadata
import inspect
import json
import logging
import pathlib
import subprocess
import tempfile
import time

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, predefined_recognizers
from presidio_analyzer.nlp_engine import SpacyNlpEngine

FOLDER = pathlib.Path(__file__).parent
# What detectors of ours find too. Presidio's other entities (dates, addresses of pages, passports) have no counterpart.
COMPARED = set(
    "CREDIT_CARD IBAN_CODE EMAIL_ADDRESS US_SSN US_ITIN IP_ADDRESS PHONE_NUMBER UK_NHS UK_NINO ES_NIF ES_NIE IT_FISCAL_CODE IT_VAT_CODE PL_PESEL "
    "FI_PERSONAL_IDENTITY_CODE IN_AADHAAR IN_PAN KR_RRN AU_TFN".split()
)
# Recognizers that need a model or a service.
WITH_MODEL = {"SpacyRecognizer", "StanzaRecognizer", "TransformersRecognizer", "GLiNERRecognizer", "AzureAILanguageRecognizer", "AzureHealthDeidRecognizer"}


class Tables(SpacyNlpEngine):
    """spaCy's English tokenizer with lemmas from tables."""

    def load(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
        nlp.initialize()
        self.nlp = {"en": nlp}


def recognizers():
    for name, cls in sorted(vars(predefined_recognizers).items()):
        if inspect.isclass(cls) and issubclass(cls, EntityRecognizer) and name not in WITH_MODEL:
            yield cls(supported_language="en")


def engine():
    nlp = Tables()
    nlp.load()
    return AnalyzerEngine(registry=RecognizerRegistry(recognizers=list(recognizers()), supported_languages=["en"]), nlp_engine=nlp, supported_languages=["en"])


def read(path):
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def write(analyzer, name, path):
    lines = ["# presidio-analyzer\t" + importlib.metadata.version("presidio-analyzer"), "# texts\t" + hashlib.sha256(path.read_bytes()).hexdigest()]
    for n, text in enumerate(read(path)):
        finds = []
        for r in analyzer.analyze(text=text, language="en"):
            if r.entity_type in COMPARED:
                finds.append((len(text[: r.start].encode()), len(text[: r.end].encode()), r.entity_type, r.score))
        if finds:
            lines.append("%d\t%s" % (n, " ".join("%d-%d:%s:%.2f" % f for f in sorted(finds))))
    out = FOLDER / "testdata" / "presidio" / (name + ".tsv")
    out.write_text("\n".join(lines) + "\n")
    print(out, len(lines) - 2, "texts with finds")


def speed(analyzer, texts):
    size = sum(len(t.encode()) for t in texts)
    for name, entities in [
        ("all recognizers", None),
        ("CREDIT_CARD, IBAN_CODE, EMAIL_ADDRESS, US_SSN, IP_ADDRESS", ["CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "US_SSN", "IP_ADDRESS"]),
        ("PHONE_NUMBER", ["PHONE_NUMBER"]),
    ]:
        start = time.process_time()
        for text in texts:
            analyzer.analyze(text=text, language="en", entities=entities)
        print("%s: %.3f MB/s (%d bytes in %d texts)" % (name, size / 1e6 / (time.process_time() - start), size, len(texts)))


def main():
    # Without a network, the list of top-level domains that comes with tldextract is used.
    logging.getLogger("tldextract").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", action="store_true")
    arguments = parser.parse_args()
    analyzer = engine()
    sets = {name: FOLDER / "testdata" / name / "texts.jsonl" for name in ("faker", "presidio-research")}
    if arguments.speed:
        speed(analyzer, read(sets["faker"])[:2000])
        return
    with tempfile.TemporaryDirectory() as folder:
        sets["generated"] = pathlib.Path(folder) / "generated.jsonl"
        subprocess.run(["go", "test", "-count=1", "-run", "^TestGeneratedTexts$", "-write", sets["generated"], "."], cwd=FOLDER, check=True)
        for name, path in sets.items():
            write(analyzer, name, path)


if __name__ == "__main__":
    main()
