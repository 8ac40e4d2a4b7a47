package trace

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"lastpost/internal/redact"
)

// learn remembers the secrets of a request, and of an answer's headers, before anything of the exchange is masked: the
// answer may say them again, in words among which nobody would look for them.
func (m masker) learn(x *Passed) {
	m.URL(x.Target.String())
	m.header(x.Header)
	m.header(x.Answer)
	plain, ok := Decoded(x.Header, x.Body)
	if !ok || len(plain) == 0 {
		return
	}
	plain = plain[:min(len(plain), redact.MaxDocument)]
	switch kind := mediaType(x.Header); kind {
	case "multipart/form-data":
		m.learnParts(x.Header, plain)
	case "text/plain": // a form may be sent so, too: a line a field
		for line := range strings.Lines(string(plain)) {
			m.Form(strings.TrimSpace(line))
		}
	default:
		m.body(kind, plain)
	}
}

// learnParts reads the fields of a form that is sent in parts. Files are none.
func (m masker) learnParts(h http.Header, body []byte) {
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
			m.Param(part.FormName(), string(value))
		}
	}
}
