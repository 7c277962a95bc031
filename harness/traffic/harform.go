package traffic

import (
	"bytes"
	"fmt"
	"mime"
	"strconv"
	"strings"

	"gatehouse/harness"
)

// formBoundary separates the parts of a multipart body that a recording gives
// only as parameters and without its own boundary.
const formBoundary = "gatehouse-recorded-form"

// postData reads the body of a request: its text, or, where a recording has only
// the parameters of a form, the form made from them. boundary is the one to add
// to the Content-Type, empty if it names one.
func (r *harReader) postData(n *node, where string, fields []harness.Header) (body []byte, boundary string, err *Error) {
	post, err := r.may(n, where, "postData", jsonObject)
	if post == nil || err != nil {
		return nil, "", err
	}
	where += ".postData"
	text, err := r.may(post, where, "text", jsonString)
	if err != nil {
		return nil, "", err
	}
	if text != nil && text.text != "" {
		body, _, err = r.body(post, where, text)
		return body, "", err
	}
	params, err := r.may(post, where, "params", jsonArray)
	if params == nil || err != nil || len(params.items) == 0 {
		return nil, "", err
	}
	mimeType, err := r.text(post, where, "mimeType")
	if err != nil {
		return nil, "", err
	}
	if value, ok := first(fields, "content-type"); ok {
		mimeType = value
	}
	media, attributes, fault := mime.ParseMediaType(mimeType)
	if fault != nil {
		return nil, "", r.errorAt(post.offset, where+".mimeType", "%s, want a media type", quote(mimeType))
	}
	var parts []formPart
	for i, item := range params.items {
		part, err := r.formPart(item, where+".params["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, "", err
		}
		parts = append(parts, part)
	}
	switch media {
	case "application/x-www-form-urlencoded":
		return urlencodedForm(parts), "", nil
	case "multipart/form-data":
		boundary := attributes["boundary"]
		if boundary == "" {
			return multipartForm(parts, formBoundary), formBoundary, nil
		}
		return multipartForm(parts, boundary), "", nil
	}
	return nil, "", r.errorAt(params.offset, where+".params", "parameters of %s, want a form or a text", quote(media))
}

type formPart struct {
	name, value, fileName, contentType string
}

func (r *harReader) formPart(item *node, where string) (part formPart, err *Error) {
	if item.kind != jsonObject {
		return part, r.errorAt(item.offset, where, "%s, want an object", item.kind)
	}
	name, err := r.want(item, where, "name", jsonString)
	if err != nil {
		return part, err
	}
	part.name = name.text
	for _, m := range []struct {
		name string
		into *string
	}{{"value", &part.value}, {"fileName", &part.fileName}, {"contentType", &part.contentType}} {
		if *m.into, err = r.text(item, where, m.name); err != nil {
			return part, err
		}
	}
	return part, nil
}

// urlencodedForm joins the parameters. Browsers record them as they were sent,
// proxies decoded; so a percent sign before two hexadecimal digits, a plus and
// all that a form may hold stay, and only what it cannot hold is encoded.
func urlencodedForm(parts []formPart) []byte {
	var b bytes.Buffer
	encode := func(s string) {
		for i := 0; i < len(s); i++ {
			c := s[i]
			switch {
			case c == ' ':
				b.WriteByte('+')
			case c == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])), c < ' ', c >= 0x7f, strings.IndexByte("&=#\"<>", c) >= 0:
				fmt.Fprintf(&b, "%%%02X", c)
			default:
				b.WriteByte(c)
			}
		}
	}
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('&')
		}
		encode(part.name)
		b.WriteByte('=')
		encode(part.value)
	}
	return b.Bytes()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// multipartForm writes the parameters as RFC 7578 has it. Quotes and line breaks
// in names are escaped as browsers do.
func multipartForm(parts []formPart, boundary string) []byte {
	escape := strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A")
	var b bytes.Buffer
	for _, part := range parts {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, escape.Replace(part.name))
		if part.fileName != "" {
			fmt.Fprintf(&b, "; filename=\"%s\"", escape.Replace(part.fileName))
		}
		b.WriteString("\r\n")
		if part.contentType != "" {
			fmt.Fprintf(&b, "Content-Type: %s\r\n", escape.Replace(part.contentType))
		}
		b.WriteString("\r\n" + part.value + "\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes()
}
