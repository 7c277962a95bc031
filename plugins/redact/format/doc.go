// Package format rewrites documents as they pass: JSON and its sequences, server-sent
// events, forms, plain text, HTML, XML, CSV and multipart bodies.
//
// A [Rewriter] reads pieces of any size, shows each value to a [Visitor] with the
// path where it stands and its decoded text, and passes on what the visitor
// decides. What is not replaced leaves as it came, byte for byte. What leaves does
// not depend on where the pieces are cut, memory is bounded whatever the document,
// and what is not decided never leaves: a document that cannot be read, or ends too
// early, is an error, and nothing follows it.
//
// What it does not look into: data in base64, percent-encoding, compression or another
// encoding within a value (a transfer encoding of a part is read); escapes of the
// languages in texts (scripts, style sheets, YAML, GraphQL literals); JSON in a value that
// is longer than Limits.Value, Limits.Encoded in JSON strings, or nested deeper than
// Limits.Nested, in a name, or with more than the document in its text; a value that
// elements of XML, or elements of HTML that are more than marks of words, take apart;
// a document type that may pass. All of these are shown as the texts that they stand in.
//
// The package knows no rules, detectors or transformations. It keeps documents in
// order: commas go with what is dropped, a number that is masked becomes a string,
// replacements are escaped as the place demands.
package format
