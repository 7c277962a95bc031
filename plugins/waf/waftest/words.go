package waftest

import (
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
)

var (
	//go:embed words/names.txt
	namesText string
	//go:embed words/places.txt
	placesText string
	//go:embed words/sentences.txt
	sentencesText string
	//go:embed words/searches.txt
	searchesText string
	//go:embed words/words.txt
	wordsText string
	//go:embed words/agents.txt
	agentsText string
	//go:embed words/code.txt
	codeText string
	//go:embed words/markdown.txt
	markdownText string
)

// lists are what harmless values are made of.
type lists struct {
	names, places, sentences, searches, words, agents, code, markdown []string
}

var loadLists = sync.OnceValue(func() *lists {
	split := func(text, separator string) []string {
		return strings.Split(strings.TrimSuffix(text, "\n"), separator)
	}
	return &lists{
		names:     split(namesText, "\n"),
		places:    split(placesText, "\n"),
		sentences: split(sentencesText, "\n"),
		searches:  split(searchesText, "\n"),
		words:     split(wordsText, "\n"),
		agents:    split(agentsText, "\n"),
		code:      split(codeText, "\n%%\n"),
		markdown:  split(markdownText, "\n%%\n"),
	}
})

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// quote is a JSON string as JavaScript writes it: < and > as they are.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // a string always has an encoding
	}
	return strings.TrimSuffix(b.String(), "\n")
}
