// Package detect finds personal and secret data in text: payment cards, bank
// accounts, national identifiers, addresses, credentials.
//
// A [Set] holds the detectors that a configuration asks for. It reads a text
// once: three tables say for each byte, with the byte before it and the byte
// after it, which detectors have a candidate there, and only these look closer.
// What a detector decides depends on a bounded stretch of text around its
// candidate, so that a text can be shown in pieces, cut anywhere, with the same
// result as in one.
//
// The package does not change a text and does not know documents: what is inside
// a JSON string or behind a content coding has to be decoded before.
package detect
