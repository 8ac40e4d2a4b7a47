package speech

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSplitsLongEscapedSentences requires that sentences longer than a turn are split, even with characters of several
// bytes and escaped characters. An earlier version counted bytes and did not terminate.
func TestSplitsLongEscapedSentences(t *testing.T) {
	for claim, html := range map[string]string{
		"one ampersand among German words":  strings.Repeat("schöne Grüße ", 200) + "& " + strings.Repeat("schöne Grüße ", 200),
		"typographic and plain apostrophes": strings.Repeat("it’s it's ", 400),
		"Russian with quotes":               strings.Repeat(`«да» "нет" `, 400),
		"Japanese with quotes":              strings.Repeat(`漢"`, 2000),
		"characters of two UTF-16 units":    strings.Repeat("𝒳&", 2000),
		"accents":                           strings.Repeat("e\u0301\u0302&", 1500),
	} {
		t.Run(claim, func(t *testing.T) {
			done := make(chan Text, 1)
			go func() { done <- Parse("<p>"+html, Announcements{}) }()
			select {
			case text := <-done:
				want, _ := cleanText(html)
				without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
				require.True(t, without(want) == strings.TrimRight(without(text.String()), ".。"), "words were lost")
				for _, turn := range text.Turns() {
					require.LessOrEqual(t, countUnits(turn.Speech("de-DE").SSML()), maxTurn)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it does not end")
			}
		})
	}
}
