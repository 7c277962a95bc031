package jwks

// Problem is something that went wrong with a source. It holds nothing of a key
// and nothing of a URI, and what it quotes of an answer are numbers.
type Problem struct {
	// Source is the place of the source in what [New] was given.
	Source int
	// Kind is what went wrong.
	Kind Kind
	// Discovery tells whether it was with the issuer's metadata and not with its
	// key set.
	Discovery bool
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Detail says what is wanted, in the words of this package and of package jose:
	// for a key, its place in the set comes first, "keys[2].n: 1024 bits, want …".
	// It may be empty.
	Detail string
	// Failures is how many fetches in a row have failed, this one counted. 0 if the
	// fetch goes on, with the other keys of the set or without fresh metadata.
	Failures int
}

// Kind is what can go wrong with a source. The zero Kind is none.
type Kind uint8

const (
	// Unreachable: no answer came in time.
	Unreachable Kind = iota + 1
	// BadStatus: the answer is neither 200 nor a 304 that was asked for. Redirects
	// are not followed.
	BadStatus
	// TooLarge: the answer is larger than a key set or metadata may be.
	TooLarge
	// BadDocument: the answer is not a JWK Set with a key that can be used, or not
	// metadata.
	BadDocument
	// KeySkipped: one key of the set cannot be used. The others are.
	KeySkipped
	// IssuerMismatch: the metadata is that of another issuer.
	IssuerMismatch
	// BadKeySetURI: the "jwks_uri" of the metadata cannot be called, or is less
	// secure than the address the metadata came from.
	BadKeySetURI
)

var kindNames = [...]string{"none", "unreachable", "bad_status", "too_large", "bad_document", "key_skipped", "issuer_mismatch", "bad_key_set_uri"}

// String returns the word for events, in snake case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// maxProblems is how many problems are kept until they are asked for.
const maxProblems = 128

// report keeps a problem for Problems.
func (f *Fetcher) report(p Problem) {
	if len(f.problems) < maxProblems {
		f.problems = append(f.problems, p)
	}
}

// Problems returns what went wrong since it was last called, in order, and at
// most the first 128 of it. Of all workers only the one that fetched reports a
// problem.
func (f *Fetcher) Problems() []Problem {
	problems := f.problems
	f.problems = nil
	return problems
}
