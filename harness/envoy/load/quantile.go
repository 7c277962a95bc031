package load

import (
	"cmp"
	"slices"
)

// Quantile returns the element that a share q of the values, from 0 to 1, is below:
// 0.5 is the median. There must be values; they are not reordered.
func Quantile[T cmp.Ordered](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
