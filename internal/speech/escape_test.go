package speech

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSplitsLongEscapedSentences splits sentences that are longer than a turn, with characters of several bytes and
// with escaped characters. An earlier version calculated in bytes and did not terminate.
func TestSplitsLongEscapedSentences(t *testing.T) {
	for claim, html := range map[string]string{
		"one ampersand among German words":    strings.Repeat("schöne Grüße ", 200) + "& " + strings.Repeat("schöne Grüße ", 200),
		"a typographer's and a typist's mark": strings.Repeat("it’s it's ", 400),
		"Russian with quotes":                 strings.Repeat(`«да» "нет" `, 400),
		"Japanese with quotes":                strings.Repeat(`漢"`, 2000),
		"pairs of units":                      strings.Repeat("𝒳&", 2000),
		"accents":                             strings.Repeat("e\u0301\u0302&", 1500),
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
