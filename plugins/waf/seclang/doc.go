// Package seclang reads SecLang, the language of ModSecurity rules, as OWASP CRS
// 4.25 and Coraza 3.8 use it. It decides whether a text is well-formed and what
// each directive says. It neither links rules nor runs them: regular expressions,
// transformations, files and data sets that are named, and ids that must be
// unique are the concern of its callers.
//
// # Reading
//
// [lines] puts continued lines together and keeps the way back to the byte each
// came from, [Parse] finds the directive and its arguments, and [ParseTargets],
// [ParseActions], [ParseSetvar], [ParseCtl] and [ParseIDs] read what has a syntax
// of its own. Directives that can have no effect in a gateway are read and marked
// Ignored when leaving them out changes nothing, and refused with the reason when
// a reader of the text would rely on them.
//
// # Strictness
//
// Coraza decides what is accepted. Where it accepts a text and then does
// something else than what is written, such as dropping the last byte of a
// regular expression without its closing slash, the text is refused here; the
// test TestCorazaAgrees lists each of these differences with its reason.
package seclang
