package handlers

import (
	_ "embed"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
)

// The screens are documents in Amazon's presentation language (Amazon: "APL Document"). Their contents come from data
// sources. They use version 1.1, which every device with a screen supports.
var (
	//go:embed screens/post.json
	postJSON []byte
	//go:embed screens/list.json
	listJSON []byte

	postScreen, listScreen = alexa.MustDocument(postJSON), alexa.MustDocument(listJSON)
)

// These are the values of a touch event's first argument. The second argument is the ref of a post. The documents in
// the directory screens use the same values.
const (
	touchChoose = "choose"
	touchRead   = "read"
)

// A screenItem is a post in a document's data. All fields except the ref and the image are escaped by escapeMarkup.
type screenItem struct {
	Ref   ref    `json:"ref"`
	Title string `json:"title"`
	Date  string `json:"date"`
	By    string `json:"by"`
	Text  string `json:"text,omitempty"`
	Image string `json:"image"`
}

// dataSources holds the data sources of a document by name, or the fields of one data source.
type dataSources map[string]any

// hasScreen reports whether the device supports documents. A device without this support rejects a response with a
// document.
func (t *turn) hasScreen() bool {
	return t.envelope.Context.System.Device.Supports("Alexa.Presentation.APL")
}

// showPost shows a post with its beginning or the part being read, if the device has a screen.
func (t *turn) showPost(s *rendering.Rendered, text string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	post := screenItem{
		Ref: refOf(s.Post), Title: escapeMarkup(s.ShownTitle), Date: escapeMarkup(s.Date), By: escapeMarkup(s.Byline),
		Text: escapeMarkup(text), Image: s.Image,
	}
	return []alexa.Directive{alexa.Screen{Token: "post", Document: postScreen, Data: dataSources{"post": post}}}
}

// showList shows a page of a list with touchable titles, if the device has a screen.
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

// escapeMarkup escapes a text for an APL Text component, so that a hostile feed can neither style the screen nor read
// its data. APL treats "<b>" and "&lt;" as markup (Amazon: "APL Text"). It also evaluates "${…}" in the data of a
// Sequence (Amazon: "APL Data-Binding Evaluation").
func escapeMarkup(text string) string {
	return markupEscaper.Replace(text)
}

var markupEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "${", "&#36;{")

// handleTouch answers a touch on a post.
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
