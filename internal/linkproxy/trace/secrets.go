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

// collectSecrets remembers the secrets of a request, and of an answer's headers, before anything of the exchange is masked: the
// answer may say them again, in words among which nobody would look for them.
func (m masker) collectSecrets(x *RawExchange) {
	m.MaskURL(x.Target.String())
	m.maskHeader(x.RequestHeader)
	m.maskHeader(x.ResponseHeader)
	plain, ok := DecodeBody(x.RequestHeader, x.RequestBody)
	if !ok || len(plain) == 0 {
		return
	}
	plain = plain[:min(len(plain), redact.MaxDocument)]
	switch kind := mediaType(x.RequestHeader); kind {
	case "multipart/form-data":
		m.collectPartSecrets(x.RequestHeader, plain)
	case "text/plain": // a form may be sent so, too: a line a field
		for line := range strings.Lines(string(plain)) {
			m.MaskForm(strings.TrimSpace(line))
		}
	default:
		m.maskBody(kind, plain)
	}
}

// collectPartSecrets reads the fields of a form that is sent in parts. Files are none.
func (m masker) collectPartSecrets(h http.Header, body []byte) {
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
			m.MaskParam(part.FormName(), string(value))
		}
	}
}
