// The .template and .tmp format, all of it (docs/spec/template-format.md): header lines, sections of unmatched data, DESC.
export { HEADER_MAX, TEMPLATE_MAGIC, decodeHeader, encodeHeader, type TemplateHeader } from './template-header.js';
export {
  SECTIONS_MAX,
  SECTION_HEADER_LENGTH,
  SECTION_KINDS,
  decodeSectionHeader,
  encodeSectionHeader,
  type SectionHeader,
  type SectionKind,
} from './template-section.js';
export type { DataEntry, ImageEntry, PartEntry, StretchEntry, TemplateEntry } from './template-entry.js';
export {
  DESC_MAX,
  DESC_MIN,
  DESC_TAIL_LENGTH,
  MOST_PARTS,
  decodeDesc,
  descLength,
  encodeDesc,
  encodedDescLength,
  type Desc,
} from './template-desc.js';
