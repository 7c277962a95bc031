// Package body turns the bytes of a complete request or response body, a query
// string or a Cookie header into the values that SecLang variables hold:
// ARGS_POST, ARGS_GET, REQUEST_COOKIES, FILES and the MULTIPART variables, XML.
//
// It decides how bytes are read, never whether a request is good: a body that
// does not follow its format gives an error text for REQBODY_ERROR_MSG and what
// could be read of it. Which processor reads a body is the caller's choice
// (REQBODY_PROCESSOR).
//
// The oracle is Coraza 3.8.1 (internal/bodyprocessors, internal/url,
// internal/cookies); the tests compare with it, and list by name where this
// package reads differently on purpose.
//
// Every processor is linear in the length of its input, bounds its memory by a
// small multiple of that length and does not recurse.
package body
