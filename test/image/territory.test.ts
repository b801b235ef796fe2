import t from 'tap';
import fc from 'fast-check';
import { Territory, type Owner } from '../../src/image/territory.js';
import type { ImageLayout } from '../../src/image/types.js';

const SIZE = 60;

/** Layouts that hostile directories may describe: everything overlaps. */
const layouts: fc.Arbitrary<ImageLayout> = fc
  .record({
    files: fc.array(fc.array(fc.tuple(fc.nat(SIZE), fc.nat(SIZE)), { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
    areas: fc.array(fc.tuple(fc.nat(SIZE), fc.nat(SIZE)), { maxLength: 4 }),
  })
  .map(({ files, areas }) => {
    const extent = ([offset, end]: [number, number]): { offset: number; length: number } => ({
      offset,
      length: Math.max(0, end - offset),
    });
    return {
      kinds: ['iso9660'],
      files: files.map((extents, i) => ({ path: `${i}`, size: 1, extents: extents.map(extent) })),
      areas: areas.map((area) => ({ ...extent(area), what: 'directory' })),
      packed: new Map(),
      problems: [],
    };
  });

/** Whether an owner says that a byte is its own. */
function claims(owner: Owner, position: number): boolean {
  const extents = 'path' in owner ? owner.extents : [owner];
  return extents.some(({ offset, length }) => offset <= position && position < offset + length);
}

t.test('each byte belongs to one who claims it, or to nobody if nobody does', async () => {
  fc.assert(
    fc.property(layouts, fc.nat(SIZE), fc.nat(SIZE), (layout, offset, length) => {
      const owners = [...layout.files, ...layout.areas];
      let position = offset;
      for (const tract of new Territory(layout).cut(offset, length)) {
        if (tract.offset !== position || tract.length <= 0) return false;
        for (; position < tract.offset + tract.length; position++) {
          if (tract.owner ? !claims(tract.owner, position) : owners.some((owner) => claims(owner, position)))
            return false;
        }
      }
      return position === offset + length;
    }),
  );
});

t.test('spaces are numbered', async (t) => {
  const files = [{ path: 'a', size: 10, extents: [{ offset: 10, length: 10 }] }];
  const territory = new Territory({ kinds: ['tar'], files, areas: [], packed: new Map(), problems: [] });
  const spaces = [...territory.cut(0, 5), ...territory.cut(7, 2), ...territory.cut(20, 5)].map(({ space }) => space);
  t.equal(spaces[0], spaces[1], 'the same space, whatever is cut out of it');
  t.not(spaces[1], spaces[2]);
});
