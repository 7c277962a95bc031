"""Count the security events in a gateway's log, or in what "harness replay --format json" printed.

Usage: events.py FILE

Prints one line for each mode, reason, method and path, the most frequent first.
"""
import collections
import json
import sys


def events(text):
    """Yield the events in the text."""
    if text.startswith("{\n"):  # the harness's report
        for exchange in json.loads(text)["exchanges"]:
            yield from exchange.get("events") or []
        return
    for line in text.splitlines():  # the gateway puts its own words before the event
        start = line.find('{"time":')
        if start >= 0:
            yield json.JSONDecoder().raw_decode(line[start:])[0]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    count = collections.Counter()
    for event in events(text):
        ours, request = event["unmapped"], event["http_request"]
        count[ours["mode"], event["status_code"], request["http_method"], request["url"]["path"]] += 1
    for row, n in sorted(count.items(), key=lambda item: (-item[1], item[0])):
        print(f"{n:3}  {row[0]:7}  {row[1]:22}  {row[2]:4}  {row[3]}")


main()
