package alexa

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
)

// parsedDirective is a decoded directive. It has the fields of all types of directives.
type parsedDirective struct {
	Type         string
	PlayBehavior string
	Token        string
	Document     map[string]json.RawMessage // not parsed, because a document may have numbers that Go does not have
	Datasources  map[string]string
	AudioItem    struct {
		Stream struct {
			URL, Token           string
			OffsetInMilliseconds int64
		}
		Metadata struct {
			Title, Subtitle string
			Art             struct{ Sources []struct{ URL string } }
		}
	}
}

// FuzzEncodeDirectives requires that Encode returns an error or encodes the directives unchanged.
func FuzzEncodeDirectives(f *testing.F) {
	f.Add("https://x.example/a.mp3", "t", "Title", "https://x.example/a.png", `{"type":"APL"}`, "data", int64(1500), 10)
	f.Add("https://a:b@x.example/a", "", "\x00\u2028\xff", "http://x.example/", `{"a":`, "\xff<&>", int64(-1), 30000)
	f.Add("https://x.example/ä b", strings.Repeat("😀", 600), strings.Repeat("t", 600), "", ` {"<": 1.0e0} `, "", int64(math.MaxInt64), 0)
	f.Add("0", "", "t", "", `{"<": 1.0e06666666}`, "", int64(-1), 1)
	f.Fuzz(func(t *testing.T, stream, token, title, art, document, data string, offset int64, times int) {
		play := Play{URL: stream, Token: token, Offset: time.Duration(offset), Title: title, Subtitle: title, ArtURL: art}
		text := strings.Repeat(data, min(max(times, 0), 30000/max(len(data), 1)))
		shown, err := NewDocument([]byte(document))
		if err != nil {
			require.ErrorIs(t, err, ErrDirective)
		}
		screen := Screen{Token: token, Document: shown, Data: map[string]string{"d": text}}
		for _, all := range [][]Directive{{play}, {screen}, {Stop{}, screen, play}} {
			out, err := Encode(&Response{Speech: Say(title), Directives: all})
			if err != nil {
				require.True(t, errors.Is(err, ErrDirective) || errors.Is(err, ErrTooLarge), "%v", err)
				continue
			}
			require.Less(t, len(out), maxResponse)
			require.True(t, json.Valid(out))
			var a struct {
				Response struct{ Directives []parsedDirective }
			}
			require.NoError(t, json.Unmarshal(out, &a))
			checkDirectives(t, all, a.Response.Directives)
		}
	})
}

// checkDirectives requires that got contains all directives of want in the same order. Only screens may be missing.
func checkDirectives(t *testing.T, want []Directive, got []parsedDirective) {
	t.Helper()
	for _, d := range want {
		if isScreen(d) && (len(got) == 0 || got[0].Type != "Alexa.Presentation.APL.RenderDocument") {
			continue
		}
		require.NotEmpty(t, got)
		switch d := d.(type) {
		case Play:
			checkPlay(t, d, got[0])
		case Stop:
			require.Equal(t, parsedDirective{Type: "AudioPlayer.Stop"}, got[0])
		case Screen:
			require.Equal(t, d.Token, got[0].Token)
			require.NotNil(t, got[0].Document)
		}
		got = got[1:]
	}
	require.Empty(t, got)
}

func checkPlay(t *testing.T, want Play, got parsedDirective) {
	t.Helper()
	require.True(t, Playable(want.URL))
	require.Equal(t, "AudioPlayer.Play", got.Type)
	require.Equal(t, "REPLACE_ALL", got.PlayBehavior)
	stream := got.AudioItem.Stream
	require.Equal(t, want.URL, stream.URL)
	require.Equal(t, max(want.Offset, 0).Milliseconds(), stream.OffsetInMilliseconds)
	require.Equal(t, want.Token, stream.Token)
	require.LessOrEqual(t, utf16Length(stream.Token), 1024)
	title := got.AudioItem.Metadata.Title
	require.LessOrEqual(t, utf16Length(title), 500)
	require.False(t, strings.ContainsFunc(title, unicode.IsControl), "%q", title)
	for _, source := range got.AudioItem.Metadata.Art.Sources {
		require.Equal(t, want.ArtURL, source.URL)
		require.True(t, strings.HasPrefix(strings.ToLower(source.URL), "https://"))
	}
}
