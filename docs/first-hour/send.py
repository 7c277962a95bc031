"""Send the requests of a HAR to a gateway, and count how they are answered.

Usage: send.py FILE.har HOST:PORT
"""
import collections
import http.client
import json
import sys
import urllib.parse

with open(sys.argv[1], encoding="utf-8") as file:
    entries = json.load(file)["log"]["entries"]
count = collections.Counter()
for entry in entries:
    request = entry["request"]
    url = urllib.parse.urlsplit(request["url"])
    connection = http.client.HTTPConnection(sys.argv[2], timeout=30)
    # As it was recorded: no field is added, left out or put together with another.
    target = request["url"].split(url.netloc, 1)[1]
    connection.putrequest(request["method"], target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("host", url.netloc)
    body = request.get("postData", {}).get("text", "").encode()
    for header in request["headers"]:
        if not header["name"].startswith(":") and header["name"].lower() not in ("host", "content-length", "connection"):
            connection.putheader(header["name"], header["value"])
    if body:
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    count[connection.getresponse().status] += 1
    connection.close()
for status, n in sorted(count.items()):
    print(f"{n:3} answered {status}")
