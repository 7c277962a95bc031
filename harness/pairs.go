package harness

import "encoding/binary"

// Envoy's limits on lists of pairs that come from a plugin. A list that breaks
// them is read as empty.
const (
	maxPairsBytes = 1 << 20
	maxPairsCount = 1024
)

// encodePairs lays out a list of pairs as the ABI wants it: the count, the
// sizes of each name and value, then names and values, each followed by a zero
// byte; all integers 32 bits, little endian.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#serialization
func encodePairs(pairs []Header) []byte {
	size := 4
	for _, p := range pairs {
		size += 8 + len(p.Name) + 1 + len(p.Value) + 1
	}
	b := make([]byte, 0, size)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pairs)))
	for _, p := range pairs {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Name)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Value)))
	}
	for _, p := range pairs {
		b = append(b, p.Name...)
		b = append(b, 0)
		b = append(b, p.Value...)
		b = append(b, 0)
	}
	return b
}

// decodePairs reads a list of pairs, and answers nil for one that is not laid
// out as it should be: Envoy does the same and reports nothing.
func decodePairs(b []byte) []Header {
	if len(b) > maxPairsBytes || len(b) < 4 {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(b))
	if count > maxPairsCount || 4+8*count > len(b) {
		return nil
	}
	sizes, rest := b[4:4+8*count], b[4+8*count:]
	take := func(n uint32) (string, bool) {
		if uint64(n)+1 > uint64(len(rest)) || rest[n] != 0 {
			return "", false
		}
		s := string(rest[:n])
		rest = rest[n+1:]
		return s, true
	}
	pairs := make([]Header, count)
	for i := range pairs {
		var ok bool
		if pairs[i].Name, ok = take(binary.LittleEndian.Uint32(sizes[8*i:])); !ok {
			return nil
		}
		if pairs[i].Value, ok = take(binary.LittleEndian.Uint32(sizes[8*i+4:])); !ok {
			return nil
		}
	}
	if len(rest) != 0 {
		return nil
	}
	return pairs
}
