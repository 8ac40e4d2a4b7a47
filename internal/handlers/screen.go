package handlers

import (
	_ "embed"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// The screens are documents of Amazon's presentation language, which take what they show from the data that comes along
// (Amazon: "APL Document"). They are of its version 1.1, which every device with a screen has.
var (
	//go:embed screens/post.json
	postJSON []byte
	//go:embed screens/list.json
	listJSON []byte

	postScreen, listScreen = alexa.MustDocument(postJSON), alexa.MustDocument(listJSON)
)

// What a touch sends back, before the ref of a post. The documents say the same words.
const (
	touchChoose = "choose"
	touchRead   = "read"
)

// shownPost is what a document shows. All of its texts but the ref and the image are markup, from plain.
type shownPost struct {
	Ref   ref    `json:"ref"`
	Title string `json:"title"`
	Date  string `json:"date"`
	Text  string `json:"text,omitempty"`
	Image string `json:"image"`
}

// data is the data sources of a document, or a part of one, by their names there.
type data map[string]any

// hasScreen tells whether the device shows documents: one that does not takes the whole answer for a fault.
func (t *turn) hasScreen() bool {
	return t.envelope.Context.System.Device.Supports("Alexa.Presentation.APL")
}

// screenPost shows a post, where there is a screen: with its beginning, or the part that is being read.
func (t *turn) screenPost(s *story, text string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	post := shownPost{Ref: refOf(s.Post), Title: plain(s.heading), Date: plain(s.day), Text: plain(text), Image: s.image}
	return []alexa.Directive{alexa.Screen{Token: "post", Document: postScreen, Data: data{"post": post}}}
}

// screenList shows a page of a list, where there is a screen. The titles can be touched there.
func (t *turn) screenList(posts []feed.Post, titles []string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	shown := make([]shownPost, 0, len(posts))
	for i, post := range posts {
		shown = append(shown, shownPost{Ref: refOf(post), Title: plain(titles[i]), Date: plain(t.date(post))})
	}
	return []alexa.Directive{alexa.Screen{Token: "list", Document: listScreen, Data: data{"list": data{"posts": shown}}}}
}

// plain writes a text down as the markup that shows it as it is. A Text's text is markup, in which "<b>" is bold and
// "&lt;" a bracket, and whose markup characters stand as entities (Amazon: "APL Text"). Before that, data is bound: the
// items of a Sequence's data are evaluated as the document is, so that "${…}" in a title would be looked up (Amazon:
// "APL Data-Binding Evaluation").
func plain(text string) string {
	return asMarkup.Replace(text)
}

var asMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "${", "&#36;{")

// maxPicture is the longest address of an image that Amazon takes, on a card, on a screen or with a stream.
const maxPicture = 2000

// picture gives an image's address where Alexa fetches it, or "": over HTTPS, and with nobody's password in it. What
// holds of the address of a stream holds of an image's.
func picture(address string) string {
	if len(address) > maxPicture || !alexa.Playable(address) {
		return ""
	}
	return address
}

// touched is for a touch on the screen: the post that was touched.
func (t *turn) touched() answer {
	arguments := t.envelope.Request.Arguments
	if len(arguments) != 2 {
		return t.gone()
	}
	post, ok := t.find(ref(arguments[1]))
	switch {
	case ok && arguments[0] == touchChoose:
		return t.choose(post)
	case ok && arguments[0] == touchRead:
		return t.read(post)
	}
	return t.gone()
}
