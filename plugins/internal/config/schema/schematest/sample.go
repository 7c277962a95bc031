// Package schematest is a configuration with every constraint that package
// config knows, for the tests that hold a schema against the decoder.
package schematest

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/match"
)

// Config is the sample: <every> kind of field & constraint.
type Config struct {
	Base
	// Mode of all. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Servers in order. Required.
	Servers []Server `json:"servers" config:"required,minitems=1,maxitems=2"`
	// Routes by match. Optional.
	Routes []Route `json:"routes"`
	// How paths are read. Optional.
	Paths match.Paths `json:"paths"`
	// Words by name. Optional.
	Labels map[string]string `json:"labels" config:"maxitems=2,maxlen=3"`
	// Anything. Optional.
	Keep config.Raw `json:"keep"`
	// A word or the whole. Optional.
	Short Short  `json:"short"`
	notes string //lint:ignore U1000 the schema leaves it out
}

// Base is embedded.
type Base struct {
	// Level of the sample. Default 1. Optional.
	Level int `json:"level" config:"default=1,minimum=1,maximum=3"`
}

// Server is one of several.
type Server struct {
	_ struct{} `config:"exactlyone=address|socket"`
	// Name of the server. Required.
	Name string `json:"name" config:"required,minlen=2,maxlen=4"`
	// Address to dial. Optional: one of address and socket is required.
	Address string `json:"address" config:"minlen=1"`
	// Socket to dial. Optional: one of address and socket is required.
	Socket string `json:"socket" config:"minlen=1"`
	// Tags, each once. Default "a" and "b". Optional.
	Tags []Tag `json:"tags" config:"default=a|b,unique,enum=a|b|c"`
	// Time to wait. Default "1s". Optional.
	Timeout *config.Duration `json:"timeout" config:"default=1s"`
	// Share of requests. Default 0.5. Optional.
	Share float64 `json:"share" config:"default=0.5,minimum=0,maximum=1"`
	// Small number. Optional.
	Small uint8 `json:"small"`
	// Small number with a sign. Optional.
	Signed int16 `json:"signed"`
	// Whether it is on. Default true. Optional.
	On bool `json:"on" config:"default=true"`
}

// Route has conditions.
type Route struct {
	// Requests that are meant. Required.
	Match match.Match `json:"match" config:"required"`
}

// Tag is a word.
type Tag string

// Short is an object, or a word for it.
//
//schema:is {"oneOf":[{"type":"string","enum":["all"]},"#struct"]}
type Short struct {
	// What is meant. Required.
	What string `json:"what" config:"required,enum=all|none"`
}

// UnmarshalConfig reads the object, or the word that stands for it.
func (s *Short) UnmarshalConfig(v config.Value) error {
	type object Short
	switch {
	case v.Kind() == config.Object && v.Raw() == nil:
		return nil // absent
	case v.Kind() != config.String:
		return v.Decode((*object)(s))
	case strings.EqualFold(v.Text(), "all") && v.Text() == "all":
		s.What = "all"
		return nil
	}
	return v.Errorf(`want "all" or an object`)
}
