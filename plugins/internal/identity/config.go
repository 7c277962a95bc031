package identity

import "gatehouse/plugins/internal/config"

// Config says whose word is taken for who a request is from. A request with
// the word of more than one is refused.
type Config struct {
	// Whether the plugin jwt-audience in front of this one says it. Default true.
	// Optional.
	JWTAudience bool `json:"jwt_audience" config:"default=true"`
	// Keys under which Envoy's filter jwt_authn leaves the payload of a token that
	// it verified: the payload_in_metadata of its providers. Istio's
	// RequestAuthentication has it under "payload", in older versions under the
	// issuer. Default: jwt_authn is not asked. Optional.
	PayloadInMetadata []string `json:"payload_in_metadata" config:"minitems=1,maxitems=16,minlen=1,maxlen=2048,unique"`
}

// ValidateConfig refuses an identity that nobody can give.
func (c *Config) ValidateConfig(v config.Value) error {
	if !c.JWTAudience && len(c.PayloadInMetadata) == 0 {
		return v.Errorf("want jwt_audience to be true or payload_in_metadata: without either nobody has an identity")
	}
	return nil
}
