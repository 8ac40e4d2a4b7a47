package speech

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A table is read aloud only up to this size, because listeners cannot follow a larger one.
const (
	maxColumns = 3
	maxRows    = 5
)

// listState is the state of a list that is being written.
type listState struct {
	ordered bool
	next    int // number of the next item
	step    int
}

func (w *sentenceWriter) writeList(n *html.Node) {
	w.endBlock()
	l := &listState{ordered: n.DataAtom == atom.Ol, next: 1, step: 1}
	if l.ordered && hasAttr(n, "reversed") {
		l.step, l.next = -1, countItems(n)
	}
	if start, err := strconv.Atoi(strings.TrimSpace(attrValue(n, "start"))); err == nil {
		l.next = start
	}
	w.lists = append(w.lists, l)
	w.writeChildren(n)
	w.flushLine()
	w.lists = w.lists[:len(w.lists)-1]
	w.endBlock()
}

func countItems(n *html.Node) int {
	count := 0
	for child := range n.ChildNodes() {
		if child.DataAtom == atom.Li {
			count++
		}
	}
	return count
}

func (w *sentenceWriter) writeItem(n *html.Node) {
	w.endBlock()
	if len(w.lists) > 0 && n.DataAtom == atom.Li {
		l := w.lists[len(w.lists)-1]
		if value, err := strconv.Atoi(strings.TrimSpace(attrValue(n, "value"))); err == nil {
			l.next = value
		}
		if l.ordered {
			w.itemNumber = strconv.Itoa(l.next)
		}
		l.next += l.step
	}
	w.writeChildren(n)
	w.endBlock()
	w.itemNumber = "" // unused if the item is empty
}

// writeQuotation announces a quotation before its first words. It does not announce a quotation within another
// quotation.
func (w *sentenceWriter) writeQuotation(n *html.Node) {
	if hasClass(n, "instagram-media", "tiktok-embed") {
		w.announce(w.announcements.Embed)
		return
	}
	w.endBlock() // ends the block before the quotation
	w.announceQuote = w.announceQuote || w.quoteDepth == 0
	w.quoteDepth++
	w.writeBlock(n)
	w.quoteDepth--
	if w.quoteDepth == 0 {
		w.announceQuote = false // unused if the quotation is empty
	}
}

// writeCode announces a code block with its number of lines. Verse uses the same element, and is read line by line.
func (w *sentenceWriter) writeCode(n *html.Node) {
	if hasClass(n, "wp-block-verse") {
		w.inVerse = true
		w.writeBlock(n)
		w.inVerse = false
		return
	}
	text := strings.TrimSpace(strings.ReplaceAll(textContent(n), "\r\n", "\n"))
	if text == "" || w.announcements.Code == nil {
		w.endBlock()
		return
	}
	w.announce(w.announcements.Code(strings.Count(text, "\n") + 1))
}

// writeTable reads a small table row by row, and announces a larger one. It reads the content of a layout table like
// normal blocks.
func (w *sentenceWriter) writeTable(n *html.Node) {
	w.endBlock()
	defer w.endBlock()
	if w.inRow || attrValue(n, "role") == "presentation" || isLayoutTable(n) {
		w.writeChildren(n)
		return
	}
	rows, columns := tableRows(n)
	if columns <= 1 {
		w.writeChildren(n)
		return
	}
	for child := range n.Descendants() {
		if child.DataAtom == atom.Caption {
			w.writeChildren(child)
			w.endBlock()
		}
	}
	if len(rows) > maxRows || columns > maxColumns {
		if w.announcements.Table != nil {
			w.announce(w.announcements.Table(len(rows), columns))
		}
		return
	}
	for _, cells := range rows {
		w.writeRow(cells)
	}
}

// writeRow writes a row as one sentence.
func (w *sentenceWriter) writeRow(cells []*html.Node) {
	w.inRow = true
	for _, cell := range cells {
		before := len(w.line)
		if before > 0 {
			w.line = append(w.line, ", "...)
		}
		start := len(w.line)
		w.writeChildren(cell)
		text := strings.NewReplacer("\n", " ", "\v", " ").Replace(string(w.line[start:]))
		if !isSpeakable(text) {
			w.line = w.line[:before]
			continue
		}
		w.line = append(w.line[:start], strings.TrimRight(strings.TrimSpace(text), ".,;")...)
	}
	w.inRow = false
	w.flushLine()
}

// tableRows returns the cells of a table, row by row, and the largest number of cells in a row. It leaves out empty
// rows and the rows of nested tables.
func tableRows(table *html.Node) (rows [][]*html.Node, columns int) {
	for tr := range table.Descendants() {
		if tr.DataAtom != atom.Tr || !isSpeakable(textContent(tr)) {
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

// isLayoutTable reports whether a table contains elements that do not occur in a data table.
func isLayoutTable(table *html.Node) bool {
	return hasDescendant(table, func(n *html.Node) bool { return notInTables[n.DataAtom] || headingElements[n.DataAtom] })
}

var notInTables = setOf(atom.Table, atom.Pre, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote, atom.Iframe, atom.Video, atom.Audio,
	atom.Figure)
