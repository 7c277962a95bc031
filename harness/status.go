package harness

import "fmt"

// status is what a host function answers.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_status_t
type status uint32

const (
	statusOK status = iota
	statusNotFound
	statusBadArgument
	statusSerializationFailure
	statusParseFailure
	statusBadExpression
	statusInvalidMemoryAccess
	statusEmpty
	statusCasMismatch
	statusResultMismatch
	statusInternalFailure
	statusBrokenConnection
	statusUnimplemented
)

func (s status) String() string {
	names := [...]string{"OK", "NOT_FOUND", "BAD_ARGUMENT", "SERIALIZATION_FAILURE", "PARSE_FAILURE",
		"BAD_EXPRESSION", "INVALID_MEMORY_ACCESS", "EMPTY", "CAS_MISMATCH", "RESULT_MISMATCH",
		"INTERNAL_FAILURE", "BROKEN_CONNECTION", "UNIMPLEMENTED"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("status %d", uint32(s))
}
