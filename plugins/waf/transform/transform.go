// Package transform has the transformations of SecLang (t:urlDecodeUni,
// t:lowercase …), with which a rule brings a value into one spelling before its
// operator looks at it. Each gives, byte for byte, what Coraza 3.8.1 gives.
//
// A transformation knows which bytes it acts on ([ID.Triggers]), so that a
// caller who has the set of bytes in a value need not run those that cannot
// change it.
package transform

// ID is a transformation. The numbers are dense and for use in one process;
// what is stored names a transformation by its name.
type ID uint8

// The transformations of Coraza 3.8.1. None is t:none as a transformation, which
// changes nothing; that it also empties a rule's list is the parser's affair.
const (
	None ID = iota
	Base64Decode
	Base64DecodeExt
	Base64Encode
	CmdLine
	CompressWhitespace
	CSSDecode
	EscapeSeqDecode
	HexDecode
	HexEncode
	HTMLEntityDecode
	JSDecode
	Length
	Lowercase
	MD5
	NormalisePath
	NormalisePathWin
	RemoveComments
	RemoveCommentsChar
	RemoveNulls
	RemoveWhitespace
	ReplaceComments
	ReplaceNulls
	SHA1
	Trim
	TrimLeft
	TrimRight
	Uppercase
	URLDecode
	URLDecodeUni
	URLEncode
	UTF8ToUnicode
	count
)

// spec is what is known of a transformation.
type spec struct {
	name     string
	triggers ByteSet
	apply    func(dst []byte, s string) ([]byte, bool)
}

var specs = [count]spec{
	None:               {"none", ByteSet{}, func(dst []byte, _ string) ([]byte, bool) { return dst, false }},
	Base64Decode:       {"base64Decode", anyByte, base64Decode},
	Base64DecodeExt:    {"base64DecodeExt", anyByte, base64DecodeExt},
	Base64Encode:       {"base64Encode", anyByte, base64Encode},
	CmdLine:            {"cmdLine", ByteSet{1<<'\t' | 1<<'\n' | 1<<'\r' | 1<<' ' | 1<<'"' | 1<<'\'' | 1<<',' | 1<<';', upperBits | 1<<('\\'-64) | 1<<('^'-64)}, cmdLine},
	CompressWhitespace: {"compressWhitespace", ByteSet{0: spaceBits, 2: 1 << (0xA0 - 128), 3: 1 << (0xC2 - 192)}, compressWhitespace},
	CSSDecode:          {"cssDecode", backslash, cssDecode},
	EscapeSeqDecode:    {"escapeSeqDecode", backslash, escapeSeqDecode},
	HexDecode:          {"hexDecode", ByteSet{digitBits, 0x3F<<('A'-64) | 0x3F<<('a'-64)}, hexDecode},
	HexEncode:          {"hexEncode", anyByte, hexEncode},
	HTMLEntityDecode:   {"htmlEntityDecode", ByteSet{1 << '&'}, htmlEntityDecode},
	JSDecode:           {"jsDecode", backslash, jsDecode},
	Length:             {"length", anyByte, length},
	Lowercase:          {"lowercase", ByteSet{1: upperBits, 2: allBits, 3: allBits}, lowercase},
	MD5:                {"md5", anyByte, md5Sum},
	NormalisePath:      {"normalisePath", ByteSet{1<<'/' | 1<<'.'}, normalisePath},
	NormalisePathWin:   {"normalisePathWin", ByteSet{1<<'/' | 1<<'.' | 1<<':' | 1<<' ', 1 << ('\\' - 64)}, normalisePathWin},
	RemoveComments:     {"removeComments", ByteSet{1<<'*' | 1<<'-' | 1<<'#'}, removeComments},
	RemoveCommentsChar: {"removeCommentsChar", ByteSet{1<<'*' | 1<<'-' | 1<<'#'}, removeCommentsChar},
	RemoveNulls:        {"removeNulls", ByteSet{1 << 0}, removeNulls},
	RemoveWhitespace:   {"removeWhitespace", ByteSet{spaceBits, 0, allBits, allBits}, removeWhitespace},
	ReplaceComments:    {"replaceComments", ByteSet{1 << '*'}, replaceComments},
	ReplaceNulls:       {"replaceNulls", ByteSet{1 << 0}, replaceNulls},
	SHA1:               {"sha1", anyByte, sha1Sum},
	Trim:               {"trim", ByteSet{spaceBits}, trim},
	TrimLeft:           {"trimLeft", ByteSet{spaceBits}, trimLeft},
	TrimRight:          {"trimRight", ByteSet{spaceBits}, trimRight},
	Uppercase:          {"uppercase", ByteSet{1: lowerBits, 2: allBits, 3: allBits}, uppercase},
	URLDecode:          {"urlDecode", ByteSet{1<<'%' | 1<<'+'}, urlDecode},
	URLDecodeUni:       {"urlDecodeUni", ByteSet{1<<'%' | 1<<'+'}, urlDecodeUni},
	URLEncode:          {"urlEncode", ByteSet{allBits &^ (digitBits | 1<<'*'), allBits &^ (upperBits | lowerBits), allBits, allBits}, urlEncode},
	UTF8ToUnicode:      {"utf8toUnicode", ByteSet{2: allBits, 3: allBits}, utf8ToUnicode},
}

// Lookup returns the transformation of a SecLang name, in any case, and whether
// there is one. normalizePath and normalizePathWin are other spellings of
// normalisePath and normalisePathWin.
func Lookup(name string) (ID, bool) {
	for id := range specs {
		if equalFold(name, specs[id].name) {
			return ID(id), true
		}
	}
	switch {
	case equalFold(name, "normalizePath"):
		return NormalisePath, true
	case equalFold(name, "normalizePathWin"):
		return NormalisePathWin, true
	}
	return None, false
}

// equalFold compares two names without regard to the case of ASCII letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// Names returns the names of all transformations in the order of their numbers,
// in the spelling of [ID.String].
func Names() []string {
	names := make([]string, count)
	for id := range specs {
		names[id] = specs[id].name
	}
	return names
}

func (id ID) spec() *spec {
	if id >= count {
		id = None
	}
	return &specs[id]
}

// String returns the SecLang name, such as "urlDecodeUni"; that of None for what
// is no transformation.
func (id ID) String() string { return id.spec().name }

// Apply appends the transformed s to dst and returns the extended slice and
// true. If the result equals s, it returns dst as it was and false, without
// copying s.
//
// s may be a view of dst's bytes, but not of its spare capacity, which may be
// written to even if Apply returns false. A value that hexDecode refuses stays
// as it is, as it does in Coraza.
func (id ID) Apply(dst []byte, s string) ([]byte, bool) { return id.spec().apply(dst, s) }

// Triggers returns the bytes one of which must be in a value for Apply to change
// it: without any, the transformation is the identity. The set is as small as
// can be. If it is all bytes, the transformation may change every value, the
// empty one included.
func (id ID) Triggers() *ByteSet { return &id.spec().triggers }
