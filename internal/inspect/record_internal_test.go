package inspect

import (
	"strings"
	"testing"
	"time"

	"lastpost/internal/alexa"
)

// BenchmarkRecord measures how long the recorder takes to mask and store an exchange. This time is part of the cost of a
// request that `make bench` prints.
func BenchmarkRecord(b *testing.B) {
	body := `{"version":"1.0","session":{"new":true,"sessionId":"amzn1.echo-api.session.ONE","user":{"userId":"` + strings.Repeat("AFYQ", 54) + `"}},"context":{"System":{"user":{"userId":"` +
		strings.Repeat("AFYQ", 54) + `"},"apiAccessToken":"` + strings.Repeat("eyJ0", 275) + `","device":{"deviceId":"` + strings.Repeat("AHWR", 54) + `"}},"V":[` +
		strings.Repeat(`{"type":"APL","id":"main","dpi":213},`, 20) + `1]},"request":{"type":"IntentRequest"}}`
	r := &RequestRecorder{}
	r.initialize()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		r.storeBatch([]*ObservedExchange{{Skill: "a", Began: time.Now(), Body: []byte(body), Answer: []byte(body[:800]), Request: alexa.Request{Type: "IntentRequest"}, Status: 200}})
	}
}
