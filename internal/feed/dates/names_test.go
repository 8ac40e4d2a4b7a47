package dates

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamesFile checks that each word has one meaning and the form that Parse compares it in.
func TestNamesFile(t *testing.T) {
	seen := map[string]string{}
	for line := range strings.Lines(namesFile) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		require.Contains(t, []string{"month", "weekday", "zone"}, words[0])
		for _, word := range words[2:] {
			key := words[0] + " " + word
			require.Empty(t, seen[key], "%s has two meanings", key)
			seen[key] = words[1]
			tokens, _ := splitText(word)
			require.Len(t, tokens, 1, key)
			require.Equal(t, word, tokens[0].word, key)
		}
	}
	n := loadNames()
	require.Greater(t, len(n.months), 900)
	require.Greater(t, len(n.weekdays), 500)
	require.Greater(t, len(n.zones), 100)
	for word, z := range n.zones {
		if word != "awst" { // after a time it is Western Australia's zone, before it the Welsh August
			require.Zero(t, n.months[word], "%s is a zone and a month", word)
		}
		require.NotEqual(t, z.numeric, z.name != "", word)
	}
}

// TestMonthsOfAlexasLanguages reads the names that programs write in the languages of Alexa's locales.
func TestMonthsOfAlexasLanguages(t *testing.T) {
	for language, names := range map[string]string{
		"ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
		"de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		"en": "January February March April May June July August September October November December",
		"es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		"hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
		"it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"nl": "januari februari maart april mei juni juli augustus september oktober november december",
		"pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
	} {
		for i, name := range strings.Fields(names) {
			want := fmt.Sprintf("2026-%02d-03T00:00:00Z", i+1)
			for _, spelled := range []string{name, strings.ToUpper(name), foldWord(name)} {
				got := StableTime(Parse("3 " + spelled + " 2026"))
				require.Equal(t, want, got.Format("2006-01-02T15:04:05Z"), "%s: %s", language, spelled)
			}
		}
	}
	for i := range 12 { // Japanese
		got := StableTime(Parse(fmt.Sprintf("2026年%d月3日", i+1)))
		require.Equal(t, fmt.Sprintf("2026-%02d-03", i+1), got.Format("2006-01-02"))
	}
}
