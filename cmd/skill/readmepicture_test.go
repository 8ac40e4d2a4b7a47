package main

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/assembly"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
)

// A drawing is a picture of a conversation.
type drawing struct {
	Role     string `xml:"role,attr"`
	Labelled string `xml:"aria-labelledby,attr"`
	Title    string `xml:"title"`
	Desc     string `xml:"desc"`
	Texts    []struct {
		Class string   `xml:"class,attr"`
		Lines []string `xml:"tspan"`
	} `xml:"text"`
}

// readDrawing returns a drawing. It must not load anything.
func readDrawing(t *testing.T, name string) (d drawing) {
	t.Helper()
	source := readDocument(t, "docs/images/"+name)
	require.NoError(t, xml.Unmarshal([]byte(source), &d), name)
	require.NotRegexp(t, `(?i)<(script|image|use|foreignObject|a)\b|href|url\(|@import|@font-face|<!DOCTYPE`, source, name)
	require.Equal(t, "img", d.Role, name)
	require.Equal(t, "title desc", d.Labelled, name)
	require.NotEmpty(t, d.Title, name)
	require.NotEmpty(t, d.Desc, name)
	return d
}

// TestREADMEDialogue holds the conversation in the README's picture with the real server. The pictures for light and dark
// pages differ only in their colours.
func TestREADMEDialogue(t *testing.T) {
	t.Parallel()
	colour := regexp.MustCompile(`#[0-9a-f]{6}`)
	require.Equal(t, colour.ReplaceAllString(readDocument(t, "docs/images/dialogue-light.svg"), "COLOUR"),
		colour.ReplaceAllString(readDocument(t, "docs/images/dialogue-dark.svg"), "COLOUR"))
	readDrawing(t, "dialogue-dark.svg")
	var drawn strings.Builder
	var typed []string
	for _, text := range readDrawing(t, "dialogue-light.svg").Texts {
		words := strings.Join(text.Lines, " ")
		speaker := map[string]string{"listener": "You: ", "alexa": "Alexa: "}[text.Class]
		require.NotEmpty(t, speaker, "the speaker of %q", words)
		drawn.WriteString(speaker + words + "\n")
		if text.Class == "listener" {
			typed = append(typed, words)
		}
	}
	require.Len(t, typed, 3)
	require.Equal(t, drawn.String(), spokenWords(converseWithSample(t, typed)))
	require.Contains(t, readDocument(t, "README.md"), `alt="`+readDrawing(t, "dialogue-light.svg").Desc+`"`)
}

// converseWithSample types utterances to the sample blog at the time of the demo. It returns the printed conversation.
func converseWithSample(t *testing.T, utterances []string) string {
	t.Helper()
	publisher := httptest.NewServer(http.HandlerFunc(simulator.ServeSampleFeed))
	t.Cleanup(publisher.Close)
	book, err := phrases.Load()
	require.NoError(t, err)
	skill := adHocSkill(publisher.URL + "/feed/")
	skill.InvocationName = "half elf"
	b, err := assembly.NewTransientBlog(t.Context(), skill, "test", book, simulator.SampleTime)
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Archive.Close()) }()
	require.NoError(t, b.Refresher.Poll(t.Context()))
	s, err := simulator.StartLocalServer(t.Context(), b.ServerSkill(), "test", simulator.SampleTime)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop()) }()
	var out strings.Builder
	session := &simulator.TextSession{SimulatedDevice: b.NewDevice(&s.SigningClient, "en-US"), Out: &out}
	require.NoError(t, session.Converse(t.Context(), strings.NewReader(strings.Join(utterances[1:], "\n")+"\n"), utterances[0]))
	return out.String()
}

// spokenWords returns what both sides say in a printed conversation, one line each.
func spokenWords(printed string) string {
	printed = regexp.MustCompile(`\n {9,}`).ReplaceAllString(printed, " ")
	var spoken strings.Builder
	for line := range strings.Lines(printed) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "You: ") || strings.HasPrefix(line, "Alexa: ") {
			spoken.WriteString(line + "\n")
		}
	}
	return spoken.String()
}

// TestREADMEFrontPage requires that the first forty lines say what the program is, show it and install it.
func TestREADMEFrontPage(t *testing.T) {
	first := strings.Join(strings.SplitN(readDocument(t, "README.md"), "\n", 41)[:40], "\n")
	for _, part := range []string{
		"lets Alexa read your blog", "docs/images/dialogue-dark.svg", "docs/images/dialogue-light.svg", "\n## Install\n",
		"$ sudo apt install ./lastpost_", "$ sudo lastpost init\n", "$ docker run ", "$ tar -xzf lastpost_", "](../../releases)", "](docs/vps.md)",
	} {
		requirePart(t, "the first forty lines of README.md", first, part)
	}
}
