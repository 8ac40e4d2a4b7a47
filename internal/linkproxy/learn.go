package linkproxy

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// learn remembers the secrets of a request, and of an answer's headers, before anything of the exchange is masked: the
// answer may say them again, in words among which nobody would look for them.
func (m *masker) learn(x *exchange) {
	m.address(x.target.String())
	m.header(x.header)
	m.header(x.answer)
	plain, ok := decoded(x.header, x.body)
	if !ok || len(plain) == 0 {
		return
	}
	plain = plain[:min(len(plain), maxKept)]
	switch kind := mediaType(x.header); kind {
	case "multipart/form-data":
		m.learnParts(x.header, plain)
	case "text/plain": // a form may be sent so, too: a line a field
		for line := range strings.Lines(string(plain)) {
			m.pairs(strings.TrimSpace(line))
		}
	default:
		m.body(kind, plain)
	}
}

// learnParts reads the fields of a form that is sent in parts. Files are none.
func (m *masker) learnParts(h http.Header, body []byte) {
	_, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return
		}
		value, err := io.ReadAll(part)
		if err == nil && part.FileName() == "" {
			m.param(part.FormName(), string(value))
		}
	}
}
