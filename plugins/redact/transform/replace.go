package transform

// replace is [NewReplace].
type replace struct {
	opaque
	text string
}

// NewReplace returns the transform that puts text in the place of every value.
func NewReplace(text string) Transform { return &replace{"replace", text} }

// Apply appends the constant.
func (r *replace) Apply(dst, _ []byte, _ string) ([]byte, error) { return append(dst, r.text...), nil }
