package speech

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A table of at most so many columns and rows can be followed by ear.
const (
	mostColumns = 3
	mostRows    = 5
)

// list is a list that is open.
type list struct {
	ordered bool
	next    int // the number of its next item
	step    int
}

func (w *writer) list(n *html.Node) {
	w.part()
	l := &list{ordered: n.DataAtom == atom.Ol, next: 1, step: 1}
	if l.ordered && hasAttr(n, "reversed") {
		l.step, l.next = -1, items(n)
	}
	if start, err := strconv.Atoi(strings.TrimSpace(attr(n, "start"))); err == nil {
		l.next = start
	}
	w.lists = append(w.lists, l)
	w.children(n)
	w.flush()
	w.lists = w.lists[:len(w.lists)-1]
	w.part()
}

func items(n *html.Node) int {
	count := 0
	for child := range n.ChildNodes() {
		if child.DataAtom == atom.Li {
			count++
		}
	}
	return count
}

func (w *writer) item(n *html.Node) {
	w.part()
	if len(w.lists) > 0 && n.DataAtom == atom.Li {
		l := w.lists[len(w.lists)-1]
		if value, err := strconv.Atoi(strings.TrimSpace(attr(n, "value"))); err == nil {
			l.next = value
		}
		if l.ordered {
			w.number = strconv.Itoa(l.next)
		}
		l.next += l.step
	}
	w.children(n)
	w.part()
	w.number = "" // of an item that says nothing
}

// quotation announces a quotation with its first words. One within another is announced by the outer.
func (w *writer) quotation(n *html.Node) {
	if hasClass(n, "instagram-media", "tiktok-embed") {
		w.aside(w.says.Embed)
		return
	}
	w.part() // before the quotation begins
	w.quote = w.quote || w.quoted == 0
	w.quoted++
	w.block(n)
	w.quoted--
	if w.quoted == 0 {
		w.quote = false // of one that says nothing
	}
}

// code says how long a block of code is. Verse is marked in the same way, and is read line by line.
func (w *writer) code(n *html.Node) {
	if hasClass(n, "wp-block-verse") {
		w.inVerse = true
		w.block(n)
		w.inVerse = false
		return
	}
	text := strings.TrimSpace(strings.ReplaceAll(content(n), "\r\n", "\n"))
	if text == "" || w.says.Code == nil {
		w.part()
		return
	}
	w.aside(w.says.Code(strings.Count(text, "\n") + 1))
}

// table reads a small table row by row and announces a larger one. A table that
// is there to place things on the page is read as if it were none.
func (w *writer) table(n *html.Node) {
	w.part()
	defer w.part()
	if w.inRow || attr(n, "role") == "presentation" || placesThings(n) {
		w.children(n)
		return
	}
	rows, columns := rows(n)
	if columns <= 1 {
		w.children(n)
		return
	}
	for child := range n.Descendants() {
		if child.DataAtom == atom.Caption {
			w.children(child)
			w.part()
		}
	}
	if len(rows) > mostRows || columns > mostColumns {
		if w.says.Table != nil {
			w.aside(w.says.Table(len(rows), columns))
		}
		return
	}
	for _, cells := range rows {
		w.row(cells)
	}
}

// row reads a row as one sentence.
func (w *writer) row(cells []*html.Node) {
	w.inRow = true
	for _, cell := range cells {
		before := len(w.line)
		if before > 0 {
			w.line = append(w.line, ", "...)
		}
		start := len(w.line)
		w.children(cell)
		text := strings.NewReplacer("\n", " ", "\v", " ").Replace(string(w.line[start:]))
		if !speakable(text) {
			w.line = w.line[:before]
			continue
		}
		w.line = append(w.line[:start], strings.TrimRight(strings.TrimSpace(text), ".,;")...)
	}
	w.inRow = false
	w.flush()
}

// rows gives the cells of a table that has no table in it, without the rows that
// say nothing, and how many of them stand side by side.
func rows(table *html.Node) (rows [][]*html.Node, columns int) {
	for tr := range table.Descendants() {
		if tr.DataAtom != atom.Tr || !speakable(content(tr)) {
			continue
		}
		var cells []*html.Node
		for cell := range tr.ChildNodes() {
			if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
				cells = append(cells, cell)
			}
		}
		rows = append(rows, cells)
		columns = max(columns, len(cells))
	}
	return rows, columns
}

// placesThings reports whether a table holds what no table of words does.
func placesThings(table *html.Node) bool {
	return holds(table, func(n *html.Node) bool { return notInTables[n.DataAtom] || headings[n.DataAtom] })
}

var notInTables = setOf(atom.Table, atom.Pre, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote, atom.Iframe, atom.Video, atom.Audio,
	atom.Figure)
