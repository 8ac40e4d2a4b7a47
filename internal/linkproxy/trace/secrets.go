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

// collectSecrets makes the masker remember the secrets of the request and of the response's header. It does so by masking
// them and discarding the result. It must run before the exchange is masked, because the response may repeat a secret in
// a text without its name.
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
	case "text/plain": // some clients send a form as text, one field a line
		for line := range strings.Lines(string(plain)) {
			m.MaskForm(strings.TrimSpace(line))
		}
	default:
		m.maskBody(kind, plain)
	}
}

// collectPartSecrets makes the masker remember the field values of a multipart form. It skips uploaded files.
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
