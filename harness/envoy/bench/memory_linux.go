package bench

import (
	"fmt"
	"os"
	"strings"
)

// reserved is how much address space V8 sets aside for one linear memory, so
// that no access needs a check: what an instruction can reach.
const reserved = 8 << 30

// LinearMemory returns the size of the largest linear memory of a VM, in bytes,
// 0 if there is none. Envoy keeps one VM for each worker and others that make
// those, which serve no request; none shrinks.
func (e *Envoy) LinearMemory() (uint64, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", e.PID()))
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	return largestMemory(string(maps))
}

// largestMemory finds linear memories in a process's map: what may be written,
// followed by what may not be touched, both together as long as is reserved.
func largestMemory(maps string) (largest uint64, err error) {
	var writable, before uint64 // where the last writable mapping begins and ends
	for line := range strings.Lines(maps) {
		var start, end uint64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &start, &end, &mode); err != nil {
			return 0, fmt.Errorf("bench: maps: %q: %w", line, err)
		}
		switch {
		case strings.HasPrefix(mode, "rw"):
			writable, before = start, end
		case strings.HasPrefix(mode, "---") && start == before && end-writable == reserved:
			largest = max(largest, start-writable)
		}
	}
	return largest, nil
}
