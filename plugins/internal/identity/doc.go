// Package identity reads who a request is from, as a filter in front of this one
// verified it: the document that the plugin jwt-audience leaves in filter state,
// or the payload of a token that Envoy's filter jwt_authn leaves in dynamic
// metadata. A client can set neither. It verifies nothing itself, and decides
// nothing.
//
// Claims are read at a [Path], strictly: what two readers could take for different
// things is malformed, never half of it.
package identity
