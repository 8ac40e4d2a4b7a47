package acme

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A zapBridge passes certmagic's log lines to the service's log at level debug. A domain logs the events that an operator
// must see. certmagic does not log secrets or request bodies.
type zapBridge struct {
	log       *slog.Logger
	attrs     []any
	onFailure func(err error, next time.Duration) // called after each failed attempt; nil: not called
}

// newZapLogger returns a logger for messages without a domain.
func newZapLogger(log *slog.Logger) *zap.Logger { return zap.New(zapBridge{log: log}) }

// zapLogger returns a logger for messages about the domain.
func (d *domain) zapLogger() *zap.Logger {
	return zap.New(zapBridge{log: d.log, onFailure: d.attemptEnded})
}

// Enabled returns true: slog selects the levels.
func (b zapBridge) Enabled(zapcore.Level) bool { return true }

// With returns a bridge that adds fields to every line.
func (b zapBridge) With(fields []zapcore.Field) zapcore.Core {
	b.attrs = append(b.attrs[:len(b.attrs):len(b.attrs)], slogAttrs(fields)...)
	return b
}

// Check accepts every entry.
func (b zapBridge) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(entry, b)
}

// Write passes an entry to slog, and reports failed attempts to onFailure.
func (b zapBridge) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if b.log.Enabled(context.Background(), slog.LevelDebug) {
		attrs := append([]any{"detail", entry.Message, "acme_level", entry.Level.String()}, b.attrs...)
		b.log.Debug("acme", append(attrs, slogAttrs(fields)...)...)
	}
	var in time.Duration
	var err error
	for _, field := range fields {
		if field.Type == zapcore.DurationType && field.Key == "retrying_in" {
			in = time.Duration(field.Integer)
		}
		if field.Type == zapcore.ErrorType {
			err, _ = field.Interface.(error)
		}
	}
	// certmagic reports a failed attempt in two ways: with the time of its retry, or as a failed background job.
	if failed := in > 0 || entry.Message == "job failed"; failed && err != nil && b.onFailure != nil {
		b.onFailure(err, in)
	}
	return nil
}

// Sync does nothing: slog does not buffer.
func (b zapBridge) Sync() error { return nil }

// slogAttrs encodes fields as zap does. It renames a field if its key is also a key of every line of the service.
func slogAttrs(fields []zapcore.Field) (attrs []any) {
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range fields {
		field.AddTo(encoder)
	}
	for key, value := range encoder.Fields {
		if key == "level" || key == "time" || key == "message" {
			key = "acme_" + key
		}
		attrs = append(attrs, key, value)
	}
	return attrs
}
