package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
)

// logRequest writes the log line of the request. The line does not contain user or device IDs.
func (e *endpoint) logRequest(r *http.Request, x *requestRecord) {
	level := slog.LevelInfo
	switch {
	case x.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	case x.Err != nil && e.isTest:
		level = slog.LevelWarn
	case x.Err != nil:
		level = e.server.refusalLevel(x.Rule, e.skill.Name)
	}
	if !e.server.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("skill", e.skill.Name), slog.String("request_id", x.Request.RequestID),
		slog.String("type", x.Request.Type), slog.String("intent", x.Request.Intent.Name), slog.String("locale", x.Request.Locale),
		slog.Int("status", x.Status), slog.String("rule", x.Rule),
		slog.Float64("ms", float64(x.elapsed().Microseconds())/1000),
	}
	if e.isTest {
		attrs = append(attrs, slog.Bool("test", true))
	}
	if x.Err != nil {
		attrs = append(attrs, slog.String("error", clipForLog(x.Err.Error())))
	}
	if x.Err != nil && level != slog.LevelError {
		attrs = append(attrs, slog.String("client", e.clientAddr(r)))
	}
	e.server.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// refusalLevel returns the level of a refusal's log line. Strangers can cause refusals without limit, so only a few lines of a
// rule and minute have level warn. The others have level debug, and one line at the end of the minute counts them.
func (s *Server) refusalLevel(rule, skill string) slog.Level {
	if s.Faults.AllowLine("refusal "+rule, skill) {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// logLookalike logs a request that looks like Alexa's, but is not verified. A stranger can send it.
func (s *Server) logLookalike(ctx context.Context, message string, attrs ...slog.Attr) {
	s.Log.LogAttrs(ctx, s.refusalLevel("path", ""), message, attrs...)
}

// clipForLog limits the length of a text that an attacker may have sent to fill the disk with log lines.
func clipForLog(text string) string {
	const maxLength = 300
	if len(text) <= maxLength {
		return text
	}
	return strings.ToValidUTF8(text[:maxLength], "") + "…"
}
