// Package bearer is the HTTP side of bearer tokens (RFC 6750): it takes the
// token out of a request, and makes the answer to a request whose token is not
// good enough, a challenge (Section 3) with a problem document (RFC 9457).
//
// It decides what counts as presenting a token, and knows nothing of what a
// token is. Tokens in the body or the query (Sections 2.2 and 2.3) are not
// looked for: RFC 9700, Section 4.3.2 forbids the one, and the other needs the
// body before the decision.
package bearer
