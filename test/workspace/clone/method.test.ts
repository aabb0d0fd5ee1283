import { describe, expect, it } from 'vitest'
import { mountedAbove, mountedAs } from '../../../src/workspace/clone/file-system.ts'
import { chosenMethod, NO_SAMPLES, withSample, type Samples } from '../../../src/workspace/clone/method.ts'

const times = (copy: number[], install: number[]): Samples => ({ copy, install })

describe('chosenMethod', () => {
  it('begins with the first one, and tries the other once where that is wanted', () => {
    expect(chosenMethod({ first: 'copy', tried: false, samples: NO_SAMPLES })).toBe('copy')
    expect(chosenMethod({ first: 'install', tried: true, samples: NO_SAMPLES })).toBe('install')
    expect(chosenMethod({ first: 'install', tried: true, samples: times([], [4000]) })).toBe('copy')
    expect(chosenMethod({ first: 'copy', tried: false, samples: times([4000], []) })).toBe('copy')
  })

  it('tries nothing where nothing can be won', () => {
    expect(chosenMethod({ first: 'install', tried: true, samples: times([], [240]) })).toBe('install')
  })

  it('takes the other one when that was faster by more than a quarter of a second', () => {
    const choice = (copy: number, install: number) =>
      chosenMethod({ first: 'install', tried: true, samples: times([copy], [install]) })
    expect([choice(1000, 1250), choice(1000, 1251)]).toEqual(['install', 'copy'])
    expect(chosenMethod({ first: 'copy', tried: false, samples: times([2000], [1000]) })).toBe('install')
  })

  it('goes by the best of the last five', () => {
    let samples = NO_SAMPLES
    for (const ms of [1, 900, 905.6, 950, 990, 930]) samples = withSample(samples, 'copy', ms)
    expect(samples.copy).toEqual([900, 906, 950, 990, 930])
    expect(chosenMethod({ first: 'install', tried: true, samples: { ...samples, install: [1200] } })).toBe(
      'copy',
    )
  })
})

it('finds the file system of a device', () => {
  const mountinfo = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:27 / /tmp rw - tmpfs tmpfs rw`
  expect(mountedAs(mountinfo, 254 * 256)).toEqual({ type: 'ext4', source: '/dev/vda' })
  expect(mountedAs(mountinfo, 27)).toEqual({ type: 'tmpfs', source: 'tmpfs' })
  expect(mountedAs(mountinfo, 28)).toBeNull()
})

it('finds the file system that a path is below', () => {
  const mountinfo = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:27 /@home /my\\040home rw - btrfs /dev/vdb rw
31 30 0:28 / /my\\040home/a rw - tmpfs tmpfs rw`
  expect(mountedAbove(mountinfo, '/my home/ab')).toEqual({ type: 'btrfs', source: '/dev/vdb' })
  expect(mountedAbove(mountinfo, '/my home/a')?.type).toBe('tmpfs')
  expect(mountedAbove(mountinfo, '/my')?.type).toBe('ext4')
  expect(mountedAbove('', '/')).toBeNull()
})
