/** The chapters of docs/runbooks.md: what to do when an alarm rings, beside the alarm. */
export type Inline =
  { kind: 'text' | 'code' | 'em'; text: string } | { kind: 'link'; text: string; to: string };
export type Block = { kind: 'p'; inline: Inline[] } | { kind: 'ol'; items: Inline[][] };
export interface Chapter {
  anchor: string;
  title: string;
  blocks: Block[];
}

const anchorOf = (title: string): string => title.toLowerCase().replaceAll(' ', '-');

/** What stands behind `#` in an alarm's runbook. */
export const anchor = (runbook: string): string => runbook.split('#')[1] ?? '';

export function chapters(markdown: string): Chapter[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [title = '', ...lines] = text.split('\n');
      return { anchor: anchorOf(title), title, blocks: blocks(lines) };
    });
}

function blocks(lines: string[]): Block[] {
  const found: Block[] = [];
  let open: string[] | null = null; // the paragraph or the list that goes on
  let list: string[][] = [];
  const close = () => {
    if (list.length > 0) found.push({ kind: 'ol', items: list.map((item) => inline(item.join(' '))) });
    else if (open) found.push({ kind: 'p', inline: inline(open.join(' ')) });
    open = null;
    list = [];
  };
  for (const line of lines) {
    const item = /^\d+\. (.*)$/.exec(line);
    if (line.trim() === '') close();
    else if (item) {
      if (list.length === 0) close();
      open = [item[1] ?? ''];
      list.push(open);
    } else if (open) open.push(line.trim());
    else open = [line.trim()];
  }
  close();
  return found;
}

export function inline(text: string): Inline[] {
  return text
    .split(/(`[^`]+`|\[[^\]]+\]\([^)]+\)|\*[^*]+\*)/)
    .filter((part) => part !== '')
    .map((part): Inline => {
      const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
      if (link) return { kind: 'link', text: link[1] ?? '', to: link[2] ?? '' };
      if (/^`.+`$/.test(part)) return { kind: 'code', text: part.slice(1, -1) };
      if (/^\*.+\*$/.test(part)) return { kind: 'em', text: part.slice(1, -1) };
      return { kind: 'text', text: part };
    });
}
