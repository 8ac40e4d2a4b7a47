package skillpkg

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/golden"
)

var update = flag.Bool("update", false, "rewrite the golden package")

const goldenDir = "testdata/package"

// TestGoldenPackage compares a whole package with a reviewed one. It compares the pixels of images, because their
// compression depends on the version of Go.
func TestGoldenPackage(t *testing.T) {
	files, err := Build(loadCatalog(t), validSpec())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.RemoveAll(goldenDir))
		_, err := Write(goldenDir, files, false)
		require.NoError(t, err)
	}
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(goldenDir, f.Name))
		require.NoError(t, err)
		if filepath.Ext(f.Name) == ".png" {
			require.True(t, bytes.Equal(decodePNG(t, want).Pix, decodePNG(t, f.Content).Pix), "%s looks different", f.Name)
			continue
		}
		golden.Equal(t, f.Name, string(want), string(f.Content), "If this is intended, run go test ./internal/skillpkg -update")
	}
	var there int
	require.NoError(t, filepath.WalkDir(goldenDir, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			there++
		}
		return err
	}))
	require.Equal(t, len(files)+1, there, "no other file than the record")
}

func decodePNG(t *testing.T, content []byte) *image.NRGBA {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	require.IsType(t, &image.NRGBA{}, decoded)
	return decoded.(*image.NRGBA)
}

func TestPackageIsDeterministic(t *testing.T) {
	first, err := Build(loadCatalog(t), validSpec())
	require.NoError(t, err)
	for range 3 {
		again, err := Build(loadCatalog(t), validSpec())
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

// TestIcons checks the shape of the icons: round, with only the background outside of Amazon's margins.
func TestIcons(t *testing.T) {
	for size, margin := range map[int]int{smallIcon: 16, largeIcon: 75} {
		content, err := drawIcon("half elf", size)
		require.NoError(t, err)
		p := decodePNG(t, content)
		require.Equal(t, image.Rect(0, 0, size, size), p.Bounds())
		require.Zero(t, p.NRGBAAt(0, 0).A, "the corners are transparent")
		require.Zero(t, p.NRGBAAt(size-1, size-1).A)
		ground := backgroundColour("half elf")
		for at := range size {
			for _, point := range []image.Point{{at, margin - 1}, {at, size - margin}, {margin - 1, at}, {size - margin, at}} {
				if seen := p.NRGBAAt(point.X, point.Y); seen.A == 255 {
					require.Equal(t, ground, seen, "%d: %v", size, point)
				}
			}
		}
		require.NotEqual(t, ground, p.NRGBAAt(size/2, size/2), "a drawing in the middle")
	}
	other, err := drawIcon("another blog", largeIcon)
	require.NoError(t, err)
	require.NotEqual(t, backgroundColour("half elf"), decodePNG(t, other).NRGBAAt(10, largeIcon/2), "two skills have different colours")
}

// manifestOf returns the manifest of a spec's package, decoded from JSON.
func manifestOf(t *testing.T, s Spec) manifest {
	t.Helper()
	files, err := Build(loadCatalog(t), s)
	require.NoError(t, err)
	for _, f := range files {
		if f.Name == manifestFile {
			var envelope struct{ Manifest manifest }
			require.NoError(t, json.Unmarshal(f.Content, &envelope))
			return envelope.Manifest
		}
	}
	require.Fail(t, "no manifest")
	return manifest{}
}

func TestManifestContents(t *testing.T) {
	s := validSpec()
	s.Certificate = Wildcard
	m := manifestOf(t, s)
	to := endpoint{"https://skill.example.com/alexa/halfelf", Wildcard}
	require.Equal(t, to, m.APIs.Custom.Endpoint)
	require.Equal(t, to, m.Events.Endpoint, "the same service handles events")
	require.Equal(t, []subscription{{"SKILL_DISABLED"}}, m.Events.Subscriptions)
	require.Equal(t, "Half Elf", m.Publishing.Locales["en-GB"].Name, "default title")
	require.Equal(t, "https://halfelf.org/privacy/", m.Privacy.Locales["en-US"].URL)

	s.Title, s.PrivacyPolicyURL = "The Blog", ""
	s.InvocationName = "b. b. c. tales"
	m = manifestOf(t, s)
	require.Equal(t, "The Blog", m.Publishing.Locales["en-US"].Name)
	require.Empty(t, m.Privacy.Locales)
	require.Equal(t, "Alexa, open b. b. c. tales", m.Publishing.Locales["en-US"].Examples[0])
	s.Title = ""
	require.Equal(t, "B. B. C. Tales", s.storeTitle())
	s.Title = "Blog"
	require.Equal(t, 1, strings.Count(strings.ToLower(strings.Join(manifestOf(t, s).Publishing.Locales["en-US"].Keywords, "|"))+"|", "blog|"), "no duplicate keyword")
}

// TestAudioOnlyWithEpisodes requires that the package of a blog without episodes neither declares nor promises audio.
func TestAudioOnlyWithEpisodes(t *testing.T) {
	s := validSpec()
	types := func(m manifest) (names []string) {
		for _, i := range m.APIs.Custom.Interfaces {
			names = append(names, i.Type)
		}
		return names
	}
	with := manifestOf(t, s)
	require.Equal(t, []string{"ALEXA_PRESENTATION_APL", "AUDIO_PLAYER"}, types(with))
	require.Contains(t, with.Publishing.Locales["en-US"].Keywords, "podcast")
	s.Episodes = false
	without := manifestOf(t, s)
	require.Equal(t, []string{"ALEXA_PRESENTATION_APL"}, types(without))
	require.NotRegexp(t, "(?i)podcast|episode|audio_player", string(encodeJSON(without)))
}

func TestExamplePhrases(t *testing.T) {
	for _, row := range []struct {
		claim  string
		change func(*Spec)
		want   []string
	}{
		{"episodes and a category", func(*Spec) {}, []string{"to play the latest episode", "for the latest in Recipes"}},
		{"without episodes", func(s *Spec) { s.Episodes = false }, []string{"for the latest in Recipes", "to find the post about Winter gardens"}},
		{"a category that cannot be in an example", func(s *Spec) { s.Types = categories("R&D", "C++", "Home: office", "Tips and tricks") },
			[]string{"to play the latest episode", "for the latest in Tips and tricks"}},
		{"categories that are too long", func(s *Spec) {
			s.Types = categories("All that we write about cooking and baking", "one two three four five six")
		}, []string{"to play the latest episode", "to find the post about Winter gardens"}},
		{"nothing", func(s *Spec) { s.Episodes, s.Types, s.Topics = false, categories(), nil }, []string{"to read me the last post", "what's new"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := validSpec()
			row.change(&s)
			examples := manifestOf(t, s).Publishing.Locales["en-US"].Examples
			require.Len(t, examples, 3)
			require.Equal(t, "Alexa, open half elf", examples[0])
			for i, want := range row.want {
				require.Equal(t, "Alexa, ask half elf "+want, examples[i+1])
			}
		})
	}
}

func TestTopics(t *testing.T) {
	for title, want := range map[string][]string{
		"Winter gardens": {"Winter gardens"}, "  The  long way home. ": {"The long way home"}, "What's next?": {"What's next"},
		"Sourdough starters: a guide": {"Sourdough starters"}, "Sourdough: a guide": nil, "Bread (and butter) pudding for all of us": nil,
		"Five easy loaves – for a rainy weekend in town": {"Five easy loaves"}, "Salt & pepper": nil, "Bread": {"Bread"}, "🎉": nil, "": nil, "2026": {"2026"},
		"How to keep a sourdough starter alive": nil, "Episode 12, with a guest": {"Episode 12"}, "$5 lunch": nil, "<b>Bold</b>": nil,
		"Über uns": {"Über uns"}, strings.Repeat("Wort", 11): nil, "C++": nil,
	} {
		require.Equal(t, want, Topics([]string{title}), title)
	}
	titles := []string{"Winter gardens", "Bread", "Spring cleaning", "A walk in the park", "Bread"}
	topics := Topics(titles)
	require.Len(t, topics, 4)
	require.Equal(t, "Bread", topics[3], "one word comes last")
	slices.Reverse(titles)
	require.Equal(t, topics, Topics(titles), "the order of the titles does not matter")
}

func TestNewSkillHasNoStatesFile(t *testing.T) {
	s := validSpec()
	s.ApplicationID = "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"
	files, err := Build(loadCatalog(t), s)
	require.NoError(t, err)
	for _, f := range files {
		require.NotEqual(t, statesFile, f.Name, "with this file the tool would look for a skill that does not exist")
	}
	require.Len(t, files, 6)
}

func TestReducedIntents(t *testing.T) {
	s := validSpec()
	require.Empty(t, s.ReducedIntents())
	s.Types = categories("…")
	require.Equal(t, []string{"CategoryPostsIntent"}, s.ReducedIntents())
}
