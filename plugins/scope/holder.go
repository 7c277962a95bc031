package scope

import "gatehouse/plugins/internal/policy"

// holder is an identity with the scopes that it holds.
type holder struct {
	identity
	// held is what the scopes cover of those that routes need. It is of no use if
	// one of the claims that they are read from is malformed.
	held      set
	malformed bool
}

// Bounds of what is remembered of documents: how many, how large one is and all
// are. What is read of a document comes to less than twice its size and 1 KiB.
const (
	maxHolders   = 256
	maxDocument  = 4 << 10
	maxDocuments = 96 << 10
)

// holders remembers what was read of documents. A document says the same whenever
// it comes, so nothing in it is ever stale: when it is there, its token was
// verified for this very request.
type holders struct {
	known map[string]*holder
	bytes int
}

func (h *holders) add(document string, who *holder) {
	if len(document) > maxDocument {
		return
	}
	if len(h.known) >= maxHolders || h.bytes+len(document) > maxDocuments {
		// Tokens that are still in use are read again with their next request.
		clear(h.known)
		h.bytes = 0
	}
	h.known[document] = who
	h.bytes += len(document)
}

// holderOf reads the document that jwt-audience left, or remembers it.
func (e *Engine) holderOf(document []byte) (*holder, policy.Reason) {
	if who := e.holders.known[string(document)]; who != nil {
		return who, ""
	}
	text := string(document)
	who, reason := documented(text)
	if reason != "" {
		return nil, reason
	}
	h := &holder{identity: who, held: newSet(len(e.needed))}
	e.hold(h)
	e.holders.add(text, h)
	return h, ""
}
