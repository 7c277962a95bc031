// Package revocation decides whether a token that is good by itself was revoked:
// by its id, its subject or its client, or because it was issued before a moment.
// Lists are part of a configuration, or documents that are fetched and kept fresh.
//
// It says how to ask (policy.Call) and never asks itself. It does not verify tokens:
// what it is given comes from a token that its issuer signed or vouched for.
//
//	config.go  what a configuration says
//	list.go    the document: list.schema.json is its JSON Schema
//	set.go     strings that are looked up without allocation
//	lists.go   all lists: Revoked
//	fetch.go   fetching one list and sharing it with other workers
package revocation
