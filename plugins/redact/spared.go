package redact

import (
	"math"

	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
)

// spared is what the visitors of a rule keep, whoever asks: what no detector finds
// anything in.
func (r *rule) spared() format.Spared {
	if r.set == nil {
		s := format.Spared{Field: func([]byte, string) (kept, plain bool) { return true, true }}
		for i := range s.Lengths {
			s.Lengths[i] = math.MaxInt
		}
		return s
	}
	least := r.set.Least()
	return format.Spared{
		Lengths: least.Lengths, Bytes: least.Bytes,
		Field: func(name []byte, field string) (kept, plain bool) {
			found, _ := r.set.Find(nil, name, detect.Context{}, true)
			return len(found) == 0, !r.set.Takes(field)
		},
		Nothing: r.set.Nothing,
	}
}
