// Package config turns the one JSON document that configures a plugin into Go
// structs, and refuses it with a path, a position and a suggestion when it is
// not what the structs describe. It decides only whether a document has the
// declared shape; what the values mean is decided by the types that implement
// [Unmarshaler] or [Validator].
//
// A document is RFC 8259 JSON and nothing looser: unknown and duplicate keys,
// trailing data, null, invalid UTF-8 and lone surrogates are errors. Keys are
// compared byte for byte. The key "version" at the top level is read here for every
// plugin, see [Version].
//
// # Struct tags
//
// The key of a field is its json tag. Fields without one, or with "-", are not
// configuration. The config tag holds constraints, separated by commas, with
// the meaning of the JSON Schema keyword they become:
//
//	required         the key must be there
//	default=V        the value when the key is absent; entries of a list are separated by |
//	enum=A|B         the strings that are accepted; in a list, for each entry
//	minimum=N        smallest number or duration
//	maximum=N        largest number or duration
//	minlen=N         fewest characters of a string; in a list, of each entry
//	maxlen=N         most characters of a string; in a list, of each entry
//	minitems=N       fewest entries of a list or map
//	maxitems=N       most entries of a list or map
//	unique           entries of a list of strings differ
//	exactlyone=A|B   on the blank field of a struct: exactly one of these keys is there
//
// A struct held by value is decoded from an empty object when its key is
// absent, so that its defaults apply; behind a pointer it stays nil. Lists, maps
// and pointers without a default stay nil. Embedded structs contribute their
// keys to the struct that embeds them.
package config
