package introspect

import (
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/endpoint"
)

// Config says where and how to ask about tokens.
type Config struct {
	// The introspection endpoint (RFC 7662, Section 2): a URL that begins with
	// "http://" or "https://". Whether the connection is encrypted is up to the
	// cluster. Required.
	Endpoint endpoint.URI `json:"endpoint" config:"required"`
	// Name of the proxy's cluster that the endpoint is in. Required.
	Cluster string `json:"cluster" config:"required,minlen=1,maxlen=256"`
	// How the gateway authenticates itself to the endpoint: "client_secret_basic" and
	// "client_secret_post" (RFC 6749, Section 2.3.1) with client_id and client_secret,
	// "bearer" (RFC 6750) with token, or "none", for clusters that do it with a
	// certificate. Default "client_secret_basic". Optional.
	Authentication string `json:"authentication" config:"default=client_secret_basic,enum=client_secret_basic|client_secret_post|bearer|none"`
	// The gateway's client id. Optional: required with client_secret_basic and
	// client_secret_post.
	ClientID string `json:"client_id" config:"minlen=1,maxlen=2048"`
	// The gateway's client secret. Optional: required with client_secret_basic and
	// client_secret_post.
	ClientSecret *Secret `json:"client_secret"`
	// The gateway's own access token. Optional: required with bearer.
	Token *Secret `json:"token"`
	// Which tokens the endpoint is asked about: those that are no JWT ("opaque"), or
	// all ("all"). Default "opaque". Optional.
	Tokens string `json:"tokens" config:"default=opaque,enum=opaque|all"`
	// What the endpoint is told that the tokens are (RFC 7662, Section 2.1). Default
	// "access_token". Optional.
	TokenTypeHint string `json:"token_type_hint" config:"default=access_token,minlen=1,maxlen=64"`
	// How long an answer may take. Default "5s". Optional.
	Timeout config.Duration `json:"timeout" config:"default=5s,minimum=100ms,maximum=1m"`
	// Longest time that a token counts as active without asking again. It ends at
	// the token's "exp" if that is earlier. A token that is revoked meanwhile is
	// accepted for as long. Default "1m". Optional.
	MaxAge config.Duration `json:"max_age" config:"default=1m,minimum=2s,maximum=1d"`
	// Time that a token counts as not active without asking again. Default "10s".
	// Optional.
	NegativeAge config.Duration `json:"negative_age" config:"default=10s,minimum=2s,maximum=1h"`
	// Most active tokens that are remembered on a worker thread. Default 4096.
	// Optional.
	MaxEntries int `json:"max_entries" config:"default=4096,minimum=16,maximum=65536"`
	// Most questions that a worker thread has open at a time. Requests with other
	// tokens wait for their turn. Default 64. Optional.
	MaxInFlight int `json:"max_in_flight" config:"default=64,minimum=1,maximum=1024"`
}

// ValidateConfig asks for what the authentication needs, and for nothing else.
func (c *Config) ValidateConfig(v config.Value) error {
	secret := c.Authentication == "client_secret_basic" || c.Authentication == "client_secret_post"
	switch {
	case secret && c.ClientID == "":
		return v.Field("client_id").Errorf("required with %s", c.Authentication)
	case secret && c.ClientSecret == nil:
		return v.Field("client_secret").Errorf("required with %s", c.Authentication)
	case !secret && c.ClientSecret != nil:
		return v.Field("client_secret").Errorf("has no use with %s", c.Authentication)
	case c.Authentication == "bearer" && c.Token == nil:
		return v.Field("token").Errorf("required with bearer")
	case c.Authentication != "bearer" && c.Token != nil:
		return v.Field("token").Errorf("has no use with %s", c.Authentication)
	}
	for i := 0; c.Token != nil && i < len(c.Token.reveal()); i++ {
		if b := c.Token.reveal()[i]; b <= ' ' || b > '~' {
			return v.Field("token").Errorf("want printable ASCII characters without spaces")
		}
	}
	return nil
}
