package utterance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

func TestMatchDuration(t *testing.T) {
	v := recognizerFor(t, "en-US").vocabulary
	for text, want := range map[string]string{
		"thirty seconds":                  "PT30S",
		"30 seconds":                      "PT30S",
		"ninety seconds":                  "PT90S",
		"one second":                      "PT1S",
		"a minute":                        "PT1M",
		"two minutes":                     "PT2M",
		"a couple of minutes":             "PT2M",
		"forty five minutes":              "PT45M",
		"an hour":                         "PT1H",
		"one hour ten minutes":            "PT1H10M",
		"one hour and ten minutes":        "PT1H10M",
		"1 hour, 2 minutes, 3 seconds":    "PT1H2M3S",
		"a minute thirty seconds":         "PT1M30S",
		"half a minute":                   "PT30S",
		"half an hour":                    "PT30M",
		"a minute and a half":             "PT1M30S",
		"two and a half minutes":          "PT2M30S",
		"an hour and a half":              "PT1H30M",
		"an hour and a half and a second": "PT1H30M1S",
		"":                                "",
		"minutes":                         "",
		"thirty":                          "",
		"a":                               "",
		"thirty seconds one":              "",
		"thirty seconds and":              "",
		"two minutes an hour":             "", // a larger unit comes first
		"a minute a minute":               "",
		"zero seconds":                    "",
		"last week":                       "",
		"half":                            "",
		"and a half minutes":              "",
		"half a half minute":              "",
	} {
		got := v.matchDuration(v.splitWords(text))
		require.Equal(t, want, got, text)
		if want != "" {
			_, err := alexa.ParseDuration(got)
			require.NoError(t, err, text)
		}
	}
}
