// Package screen builds what a device with a screen shows: a post, or the titles of a list.
//
// The screens are documents in Amazon's presentation language (Amazon: "APL Document"). Their contents come from data
// sources. They use version 1.1, which every device with a screen supports.
package screen

import (
	_ "embed"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers/rendering"
)

var (
	//go:embed post.json
	postJSON []byte
	//go:embed list.json
	listJSON []byte

	postDocument, listDocument = alexa.MustDocument(postJSON), alexa.MustDocument(listJSON)
)

// These are the values of a touch event's first argument. The second argument is the ref of a post. The documents use the
// same values.
const (
	TouchChoose = "choose"
	TouchRead   = "read"
)

// A Title is an item of a list.
type Title struct {
	Ref, Title string
	Date       string // "" if it is unknown
}

// item is a post in a document's data. All fields except the ref and the image are escaped by escapeMarkup.
type item struct {
	Ref   string `json:"ref"`
	Title string `json:"title"`
	Date  string `json:"date"`
	By    string `json:"by"`
	Text  string `json:"text,omitempty"`
	Image string `json:"image"`
}

// dataSources holds the data sources of a document by name, or the fields of one data source.
type dataSources map[string]any

// Post shows a post with a text: its beginning or the part being read.
func Post(ref string, r *rendering.Rendered, text string) alexa.Directive {
	post := item{
		Ref: ref, Title: escapeMarkup(r.ShownTitle), Date: escapeMarkup(r.Date), By: escapeMarkup(r.Byline),
		Text: escapeMarkup(text), Image: r.Image,
	}
	return alexa.Screen{Token: "post", Document: postDocument, Data: dataSources{"post": post}}
}

// List shows a page of a list with touchable titles.
func List(titles []Title) alexa.Directive {
	shown := make([]item, 0, len(titles))
	for _, t := range titles {
		shown = append(shown, item{Ref: t.Ref, Title: escapeMarkup(t.Title), Date: escapeMarkup(t.Date)})
	}
	return alexa.Screen{Token: "list", Document: listDocument, Data: dataSources{"list": dataSources{"posts": shown}}}
}

// escapeMarkup escapes a text for an APL Text component, so that a hostile feed can neither style the screen nor read
// its data. APL treats "<b>" and "&lt;" as markup (Amazon: "APL Text"). It also evaluates "${…}" in the data of a
// Sequence (Amazon: "APL Data-Binding Evaluation").
func escapeMarkup(text string) string { return markupEscaper.Replace(text) }

var markupEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "${", "&#36;{")
