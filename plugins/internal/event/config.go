package event

import (
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// Config says which decisions are written as events, and how much they tell. In
// a document the value of write may stand for the whole: "all" is {"write":"all"}.
//
//schema:is {"oneOf":[{"type":"string","enum":["denied","all","none"]},"#struct"]}
type Config struct {
	// Decisions that are written: "denied" (in shadow mode those that would have
	// been), "all", or "none". Metrics count every decision. Default "denied".
	// Optional.
	Write string `json:"write" config:"default=denied,enum=denied|all|none"`
	// How subject and client id are written: "plain" (as they are, but that personal
	// and secret data in them is hidden: an e-mail address becomes "[email]"),
	// "unredacted" (as they are, whatever they are), "pseudonym" (a keyed hash: equal
	// for the same subject of the same issuer, useless without the key), or "omit".
	// Default "plain". Optional.
	Identity string `json:"identity" config:"default=plain,enum=plain|unredacted|pseudonym|omit"`
	// Key of the pseudonyms, at least 32 characters. It is never written
	// anywhere. Optional: required when identity is "pseudonym".
	PseudonymKey string `json:"pseudonym_key" config:"minlen=32"`
	// How the client's address is written: "plain" (with its port), "network" (the
	// first address of its network: 24 bits of an IPv4 address, 48 of an IPv6
	// address), or "omit". Default "plain". Optional.
	Source string `json:"source" config:"default=plain,enum=plain|network|omit"`
}

// UnmarshalConfig reads the object, or the word that stands for it.
func (c *Config) UnmarshalConfig(v config.Value) error {
	type object Config
	if v.Kind() != config.String {
		return v.Decode((*object)(c))
	}
	write, err := config.Word(v, "denied", "all", "none")
	*c = Config{Write: write, Identity: "plain", Source: "plain"}
	return err
}

// ValidateConfig demands a key for pseudonyms, and no key without them.
func (c *Config) ValidateConfig(v config.Value) error {
	if c.Identity == "pseudonym" && c.PseudonymKey == "" {
		return v.Field("pseudonym_key").Errorf(`required when identity is "pseudonym"`)
	}
	if c.Identity != "pseudonym" && c.PseudonymKey != "" {
		return v.Field("pseudonym_key").Errorf(`has no use, want identity to be "pseudonym" or no key`)
	}
	return nil
}

// Wants tells whether a decision is written.
func (c *Config) Wants(d *policy.Decision) bool {
	switch c.Write {
	case "all":
		return true
	case "none":
		return false
	}
	return d.Outcome != policy.Allow || d.Notable
}
