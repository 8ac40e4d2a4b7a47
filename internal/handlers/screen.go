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

// screenItem is what a document shows. All of its texts but the ref and the image are markup, from plain.
type screenItem struct {
	Ref   ref    `json:"ref"`
	Title string `json:"title"`
	Date  string `json:"date"`
	Text  string `json:"text,omitempty"`
	Image string `json:"image"`
}

// dataSources is the data sources of a document, or a part of one, by their names there.
type dataSources map[string]any

// hasScreen tells whether the device shows documents: one that does not takes the whole answer for a fault.
func (t *turn) hasScreen() bool {
	return t.envelope.Context.System.Device.Supports("Alexa.Presentation.APL")
}

// showPost shows a post, where there is a screen: with its beginning, or the part that is being read.
func (t *turn) showPost(s *renderedPost, text string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	post := screenItem{Ref: refOf(s.Post), Title: escapeMarkup(s.shownTitle), Date: escapeMarkup(s.date), Text: escapeMarkup(text), Image: s.image}
	return []alexa.Directive{alexa.Screen{Token: "post", Document: postScreen, Data: dataSources{"post": post}}}
}

// showList shows a page of a list, where there is a screen. The titles can be touched there.
func (t *turn) showList(posts []feed.Post, titles []string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	shown := make([]screenItem, 0, len(posts))
	for i, post := range posts {
		shown = append(shown, screenItem{Ref: refOf(post), Title: escapeMarkup(titles[i]), Date: escapeMarkup(t.dateText(post))})
	}
	return []alexa.Directive{alexa.Screen{Token: "list", Document: listScreen, Data: dataSources{"list": dataSources{"posts": shown}}}}
}

// escapeMarkup writes a text down as the markup that shows it as it is. A Text's text is markup, in which "<b>" is bold and
// "&lt;" a bracket, and whose markup characters stand as entities (Amazon: "APL Text"). Before that, data is bound: the
// items of a Sequence's data are evaluated as the document is, so that "${…}" in a title would be looked up (Amazon:
// "APL Data-Binding Evaluation").
func escapeMarkup(text string) string {
	return markupEscaper.Replace(text)
}

var markupEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "${", "&#36;{")

// maxImageURL is the longest address of an image that Amazon takes, on a card, on a screen or with a stream.
const maxImageURL = 2000

// imageURL gives an image's address where Alexa fetches it, or "": over HTTPS, and with nobody's password in it. What
// holds of the address of a stream holds of an image's.
func imageURL(address string) string {
	if len(address) > maxImageURL || !alexa.Playable(address) {
		return ""
	}
	return address
}

// handleTouch is for a touch on the screen: the post that was touched.
func (t *turn) handleTouch() answer {
	arguments := t.envelope.Request.Arguments
	if len(arguments) != 2 {
		return t.sayPostGone()
	}
	post, ok := t.postByRef(ref(arguments[1]))
	switch {
	case ok && arguments[0] == touchChoose:
		return t.choosePost(post)
	case ok && arguments[0] == touchRead:
		return t.startReading(post)
	}
	return t.sayPostGone()
}
