package redact

import (
	"context"
	"log/slog"
)

// NewLogHandler returns a handler that masks the secrets and IDs in messages and attributes before next writes them. Log lines
// quote texts from outside, such as Amazon's error messages and the errors of OAuth servers.
func NewLogHandler(next slog.Handler) slog.Handler { return logHandler{next, NewAlexaMasker()} }

type logHandler struct {
	slog.Handler
	mask *AlexaMasker
}

// Handle masks and writes a record.
func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	masked := slog.NewRecord(record.Time, record.Level, h.maskText(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(h.maskAttr(a))
		return true
	})
	return h.Handler.Handle(ctx, masked)
}

// WithAttrs returns a handler with masked attributes.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(h.maskAttrs(attrs)), h.mask}
}

// WithGroup returns a handler whose attributes are in a group.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.mask}
}

func (h logHandler) maskAttrs(attrs []slog.Attr) []slog.Attr {
	masked := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		masked = append(masked, h.maskAttr(a))
	}
	return masked
}

// maskAttr masks texts, errors and lists of texts. Numbers and times are not secret.
func (h logHandler) maskAttr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.maskNamed(a.Key, value.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(h.maskAttrs(value.Group())...)}
	case slog.KindAny:
		switch v := value.Any().(type) {
		case error:
			return slog.String(a.Key, h.maskNamed(a.Key, v.Error()))
		case []string:
			masked := make([]string, 0, len(v))
			for _, text := range v {
				masked = append(masked, h.maskNamed(a.Key, text))
			}
			return slog.Any(a.Key, masked)
		}
	}
	return slog.Attr{Key: a.Key, Value: value}
}

// maskNamed masks a text, or the whole text if its name is that of a secret.
func (h logHandler) maskNamed(name, text string) string {
	if text != "" && IsSecretKey(name) && name != "token" && !isMask(text) {
		return h.mask.hashValue([]byte(text))
	}
	return h.maskText(text)
}

func (h logHandler) maskText(text string) string {
	if !mayHaveSecret([]byte(text)) {
		return text
	}
	return h.mask.MaskText(text)
}
