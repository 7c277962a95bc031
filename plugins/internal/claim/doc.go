// Package claim reads single claims of a token (RFC 7519, Section 4): it holds
// them against conditions of a configuration, [Matcher], and writes them as
// values of header fields, [Render].
//
// It works on the JSON text of the claims, which must have been read by package
// jose before: valid, no duplicate members, nesting bounded. On any other text it
// does not panic, and no condition is met by what it cannot read.
//
// # Paths
//
// A [Path] is written in the syntax of gjson
// (https://github.com/tidwall/gjson/blob/master/SYNTAX.md), as far as it has one
// meaning whatever the token holds:
//
//	sub                                      a claim
//	realm_access.roles                       a member of an object
//	groups.0                                 an entry of an array, counted from 0
//	https://example\.com/roles               a dot in a name is escaped
//	groups.#                                 how many entries an array has
//	entitlements.#.name                      a member of each entry, an array of all that have it
//	details.#(type=="payment").actions       the first entry whose member is equal
//	details.#(type=="payment")#.amount       all entries whose member is equal
//
// In names the characters . | * ? and \ are escaped with a backslash, and so are
// # @ ! { [ and ( at their beginning, and = within a query. In JSON the backslash
// is written twice: "https://example\\.com/roles". Wildcards, modifiers,
// multipaths, and comparisons other than == are refused, # is for arrays only, and
// what a query compares with has the type that it is written in.
//
// # Values
//
// Types are never converted: "1" is not 1, and a string is not a list of one,
// but for the conditions on contents, which also read a string of words as
// "scope" is (RFC 8693, Section 4.2). Strings are compared after their escapes are
// resolved, numbers by their exact value: 1, 1.0 and 1e0 are one number, and
// 9007199254740993 is not 9007199254740992. null is no value: no condition is met
// by it.
package claim
