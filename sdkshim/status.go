package sdkshim

import "strconv"

// Status is what a host function answers, as the spec's proxy_status_t numbers
// it. As an error it is never StatusOK: functions return nil instead.
type Status uint32

// The statuses of the spec, and those beyond it that Envoy's host returns.
const (
	StatusOK                   Status = 0
	StatusNotFound             Status = 1
	StatusBadArgument          Status = 2
	StatusSerializationFailure Status = 3
	StatusParseFailure         Status = 4
	StatusBadExpression        Status = 5
	StatusInvalidMemoryAccess  Status = 6
	StatusEmpty                Status = 7
	StatusCasMismatch          Status = 8
	StatusResultMismatch       Status = 9
	StatusInternalFailure      Status = 10
	StatusBrokenConnection     Status = 11
	StatusUnimplemented        Status = 12
)

var statusTexts = [...]string{
	StatusOK:                   "ok",
	StatusNotFound:             "not found",
	StatusBadArgument:          "bad argument",
	StatusSerializationFailure: "serialization failure",
	StatusParseFailure:         "parse failure",
	StatusBadExpression:        "bad expression",
	StatusInvalidMemoryAccess:  "invalid memory access",
	StatusEmpty:                "empty",
	StatusCasMismatch:          "cas mismatch",
	StatusResultMismatch:       "result mismatch",
	StatusInternalFailure:      "internal failure",
	StatusBrokenConnection:     "broken connection",
	StatusUnimplemented:        "unimplemented",
}

// Error implements error.
func (s Status) Error() string {
	if int(s) < len(statusTexts) {
		return "host: " + statusTexts[s]
	}
	return "host: status " + strconv.FormatUint(uint64(s), 10)
}
